//! The chunked transfer encoding, taken apart as it comes.

/// Where in the encoding the last byte stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunked {
    /// In a chunk's size, so far this one.
    Size(usize),
    /// After the size, in what may follow it.
    Extension(usize),
    /// In a chunk, so many bytes before its end.
    Data(usize),
    /// Between a chunk's last byte and the end of its line.
    End,
    /// After the last chunk.
    Done,
}

/// The bytes are no chunks.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken;

impl Default for Chunked {
    fn default() -> Self {
        Self::Size(0)
    }
}

impl Chunked {
    /// Hands on what the chunks in `input` hold. `input` may begin and end anywhere.
    pub fn feed(&mut self, mut input: &[u8], mut take: impl FnMut(&[u8])) -> Result<(), Broken> {
        while let Some((&byte, rest)) = input.split_first() {
            *self = match *self {
                Self::Data(left) => {
                    let (data, after) = input.split_at(left.min(input.len()));
                    take(data);
                    input = after;
                    *self = if data.len() == left { Self::End } else { Self::Data(left - data.len()) };
                    continue;
                }
                Self::Size(size) | Self::Extension(size) if byte == b'\n' => {
                    if size == 0 {
                        Self::Done
                    } else {
                        Self::Data(size)
                    }
                }
                Self::Size(size) => match (byte as char).to_digit(16) {
                    Some(digit) if size < usize::MAX >> 8 => Self::Size(size << 4 | digit as usize),
                    None if byte == b'\r' || byte == b';' => Self::Extension(size),
                    _ => return Err(Broken),
                },
                Self::Extension(size) => Self::Extension(size),
                Self::End if byte == b'\n' => Self::Size(0),
                Self::End if byte == b'\r' => Self::End,
                Self::End => return Err(Broken),
                Self::Done => return Ok(()),
            };
            input = rest;
        }
        Ok(())
    }
}
