//! The floor: the least that any server must do. One epoll loop that writes each message from Redis, as one shared frame,
//! to every reader. No HTTP beyond an answer that is always the same, no sign-in, no state, no limits.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::bench::load::fleet::is_nothing_yet;
use crate::bench::load::message::find;

const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: {}\n\n";

/// Which socket of the epoll is Redis's, and which the one that takes connections in.
const REDIS: u64 = u64::MAX;
const DOOR: u64 = u64::MAX - 1;

struct Reader {
    socket: TcpStream,
    greeted: bool,
}

/// Serves until it is killed.
pub fn serve(port: u16, redis_port: u16) {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).expect("an epoll");
    let mut redis = TcpStream::connect(("127.0.0.1", redis_port)).expect("Redis");
    redis.write_all(b"PSUBSCRIBE service:*\r\n").expect("Redis");
    let door = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
    door.set_nonblocking(true).expect("a socket");
    redis.set_nonblocking(true).expect("a socket");
    epoll.add(&redis, EpollEvent::new(EpollFlags::EPOLLIN, REDIS)).expect("a socket");
    epoll.add(&door, EpollEvent::new(EpollFlags::EPOLLIN, DOOR)).expect("a socket");
    let mut readers: Vec<Option<Reader>> = Vec::new();
    let (mut heard, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let mut events = [EpollEvent::empty(); 512];
        let count = match epoll.wait(&mut events, EpollTimeout::NONE) {
            Ok(count) => count,
            Err(Errno::EINTR) => continue,
            Err(error) => panic!("epoll: {error}"),
        };
        for event in &events[..count] {
            match event.data() {
                REDIS => {
                    let Ok(length @ 1..) = redis.read(&mut buffer) else { continue };
                    heard.extend_from_slice(&buffer[..length]);
                    let frames = frames(&mut heard);
                    if !frames.is_empty() {
                        deliver(&mut readers, &frames);
                    }
                }
                DOOR => {
                    while let Ok((socket, _)) = door.accept() {
                        socket.set_nonblocking(true).expect("a socket");
                        socket.set_nodelay(true).expect("a socket");
                        let number = readers.len() as u64;
                        epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, number)).expect("a socket");
                        readers.push(Some(Reader { socket, greeted: false }));
                    }
                }
                number => answer(&mut readers[number as usize], &mut buffer),
            }
        }
    }
}

/// Whatever a reader asks for, it gets the same, once.
fn answer(place: &mut Option<Reader>, buffer: &mut [u8]) {
    let Some(reader) = place else { return };
    match reader.socket.read(buffer) {
        Ok(1..) if reader.greeted => {}
        Ok(1..) => reader.greeted = reader.socket.write_all(HELLO).is_ok(),
        Err(error) if is_nothing_yet(&error) => {}
        Ok(0) | Err(_) => *place = None,
    }
}

/// Whoever cannot take a frame whole is let go: the floor keeps nothing for anybody.
fn deliver(readers: &mut [Option<Reader>], frames: &[u8]) {
    for place in readers {
        let Some(reader) = place.as_mut().filter(|reader| reader.greeted) else { continue };
        if !matches!(reader.socket.write(frames), Ok(length) if length == frames.len()) {
            *place = None;
        }
    }
}

/// All whole messages that Redis said, as frames; what is left stays in `heard`.
fn frames(heard: &mut Vec<u8>) -> Vec<u8> {
    let (mut frames, mut from) = (Vec::new(), 0);
    while let Some(length) = one(&heard[from..], &mut frames) {
        from += length;
    }
    heard.drain(..from);
    frames
}

/// One array of texts and numbers; how long it is, if it is whole. The message is its last text.
fn one(heard: &[u8], frames: &mut Vec<u8>) -> Option<usize> {
    let (mut count, mut at) = line(heard, 0)?;
    let is_message = count == 4;
    let mut last = 0..0;
    while count > 0 {
        let is_text = *heard.get(at)? == b'$';
        let (number, after) = line(heard, at)?;
        at = after;
        if is_text {
            last = at..at + number;
            at = last.end + 2;
        }
        count -= 1;
    }
    if is_message {
        let message = heard.get(last)?;
        heard.get(at - 1)?;
        frames.extend_from_slice(b"data: ");
        frames.extend_from_slice(message);
        frames.extend_from_slice(b"\n\n");
    }
    Some(at)
}

/// The number of a line such as `$12`, and where the next line begins.
fn line(heard: &[u8], at: usize) -> Option<(usize, usize)> {
    let end = find(heard.get(at..)?, b"\r\n")? + at;
    let digits = heard.get(at + 1..end)?;
    Some((digits.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit.wrapping_sub(b'0'))), end + 2))
}
