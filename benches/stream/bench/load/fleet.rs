//! All readers, on one epoll in one thread.

use std::collections::VecDeque;
use std::io::{ErrorKind, IoSliceMut, Write};
use std::net::{SocketAddrV4, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{
    self, AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, SockaddrIn, SockaddrStorage, setsockopt,
    sockopt,
};
use nix::sys::time::TimeSpec;

use crate::bench::load::message;
use crate::bench::load::reader::{NoStream, Reader};
use crate::bench::load::record::Record;

/// The most that is read from a socket at once.
const BUFFER: usize = 256 * 1024;

/// How many sockets are looked at before the clock is.
const AT_ONCE: usize = 512;

/// What a socket that shall not read for long may hold back, in bytes; the kernel doubles it.
const SMALL: usize = 4_096;

/// All readers.
pub struct Fleet {
    /// The readers, each by its number.
    pub readers: Vec<Reader>,
    /// What they have seen since the record was last taken.
    pub record: Record,
    /// How many connections ended or were refused since the fleet began.
    pub ended: u64,
    /// How many answers were no stream, of readers that may come back.
    pub refused: u64,
    epoll: Epoll,
    address: SocketAddrV4,
    heads: Vec<String>,
    /// How long readers wait before they come back; `None` if they do not.
    returns: Option<Duration>,
    /// Who comes back when, in the order of their times.
    absent: VecDeque<(Instant, usize)>,
    buffer: Vec<u8>,
    ancillary: Vec<u8>,
}

impl Fleet {
    /// Readers that will each ask with their own head, which has no empty line at its end yet.
    pub fn new(address: SocketAddrV4, heads: Vec<String>) -> Self {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).expect("an epoll");
        let readers = heads.iter().map(|_| Reader::new()).collect();
        let ancillary = nix::cmsg_space!(TimeSpec);
        let (record, buffer, absent) = (Record::default(), vec![0; BUFFER], VecDeque::new());
        Self { readers, record, ended: 0, refused: 0, epoll, address, heads, returns: None, absent, buffer, ancillary }
    }

    /// Connects every reader that has no stream, so many at once, until each has had its first event.
    pub fn connect(&mut self, at_once: usize, within: Duration) -> Result<(), NoStream> {
        let until = Instant::now() + within;
        let mut next = 0;
        while self.open() < self.readers.len() {
            if Instant::now() > until {
                return Err(NoStream(format!("{} of {} readers have a stream", self.open(), self.readers.len())));
            }
            while next < self.readers.len() && next < self.open() + at_once {
                if self.readers[next].socket.is_none() {
                    self.dial(next)?;
                }
                next += 1;
            }
            self.turn(Duration::from_millis(5))?;
        }
        Ok(())
    }

    /// How many readers have had an event on their present connection.
    pub fn open(&self) -> usize {
        self.readers.iter().filter(|reader| reader.open && reader.socket.is_some()).count()
    }

    /// From now on readers whose connection ends come back after this long, or after what the server asked for.
    pub fn let_return(&mut self, after: Duration) {
        self.returns = Some(after);
    }

    /// Reads whatever comes, for so long.
    pub fn run(&mut self, duration: Duration) -> Result<(), NoStream> {
        self.run_until(duration, |_| false).map(|_| ())
    }

    /// Reads whatever comes until something is so, for so long at most; whether it came to be so.
    pub fn run_until(&mut self, longest: Duration, mut is_so: impl FnMut(&Self) -> bool) -> Result<bool, NoStream> {
        let until = Instant::now() + longest;
        while Instant::now() < until {
            if is_so(self) {
                return Ok(true);
            }
            self.turn(Duration::from_millis(5))?;
        }
        Ok(is_so(self))
    }

    /// Lets some readers read no more. Their sockets hold as little as the kernel allows.
    pub fn stop_reading(&mut self, which: &[usize]) {
        for reader in which {
            let socket = self.readers[*reader].socket.as_ref().expect("a connection");
            setsockopt(socket, sockopt::RcvBuf, &SMALL).expect("a small buffer");
            self.epoll.delete(socket).expect("it was read");
        }
    }

    /// Lets them read again, with room, or the kernel would hand them over what it holds in crumbs for minutes.
    pub fn read_again(&mut self, which: &[usize]) {
        for reader in which {
            let socket = self.readers[*reader].socket.as_ref().expect("a connection");
            setsockopt(socket, sockopt::RcvBuf, &BUFFER).expect("a large buffer");
            let event = EpollEvent::new(EpollFlags::EPOLLIN, *reader as u64);
            self.epoll.add(socket, event).expect("it was not read");
        }
    }

    /// Looks once at all sockets that something is known of.
    fn turn(&mut self, wait: Duration) -> Result<(), NoStream> {
        self.dial_absent()?;
        let mut events = [EpollEvent::empty(); AT_ONCE];
        let wait = EpollTimeout::try_from(wait).expect("a short wait");
        let count = match self.epoll.wait(&mut events, wait) {
            Ok(count) => count,
            Err(Errno::EINTR) => 0,
            Err(error) => panic!("epoll: {error}"),
        };
        for event in &events[..count] {
            let number = event.data() as usize;
            if event.events().contains(EpollFlags::EPOLLOUT) {
                self.ask(number)?;
            } else {
                self.read(number)?;
            }
        }
        Ok(())
    }

    fn dial_absent(&mut self) -> Result<(), NoStream> {
        let now = Instant::now();
        while let Some((due, number)) = self.absent.front().copied()
            && due <= now
        {
            self.absent.pop_front();
            self.dial(number)?;
        }
        Ok(())
    }

    fn dial(&mut self, number: usize) -> Result<(), NoStream> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let socket = socket::socket(AddressFamily::Inet, SockType::Stream, flags, None)
            .map_err(|error| NoStream(format!("a socket: {error}")))?;
        setsockopt(&socket, sockopt::ReceiveTimestampns, &true).expect("the kernel's receive times");
        match socket::connect(socket.as_raw_fd(), &SockaddrIn::from(self.address)) {
            Ok(()) | Err(Errno::EINPROGRESS) => {}
            Err(error) => return self.lose(number, &format!("connect: {error}")),
        }
        self.epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLOUT, number as u64)).expect("a new socket");
        self.readers[number].connected(TcpStream::from(socket));
        Ok(())
    }

    /// The connection has come about, or failed.
    fn ask(&mut self, number: usize) -> Result<(), NoStream> {
        let reader = &mut self.readers[number];
        let Some(socket) = reader.socket.as_mut() else { return Ok(()) };
        let mut head = self.heads[number].clone();
        if self.returns.is_some() && !reader.last_id.is_empty() {
            head.push_str(&format!("Last-Event-ID: {}\r\n", String::from_utf8_lossy(&reader.last_id)));
        }
        head.push_str("\r\n");
        match socket.write_all(head.as_bytes()) {
            Ok(()) => {
                let event = &mut EpollEvent::new(EpollFlags::EPOLLIN, number as u64);
                self.epoll.modify(&*socket, event).expect("a socket of ours");
                Ok(())
            }
            Err(error) => self.lose(number, &format!("connect: {error}")),
        }
    }

    fn read(&mut self, number: usize) -> Result<(), NoStream> {
        let reader = &mut self.readers[number];
        let Some(socket) = &reader.socket else { return Ok(()) };
        let received = {
            let mut place = [IoSliceMut::new(&mut self.buffer)];
            let flags = MsgFlags::empty();
            socket::recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut place, Some(&mut self.ancillary), flags)
                .map(|received| (received.bytes, arrival(received.cmsgs())))
        };
        match received {
            Ok((0, _)) => self.lose(number, "the server closed the connection"),
            Ok((length, at)) => {
                self.record.reads += 1;
                let at = at.unwrap_or_else(|| {
                    self.record.without_kernel_time += 1;
                    message::now()
                });
                match reader.take(&self.buffer[..length], at, &mut self.record) {
                    Err(NoStream(why)) if self.returns.is_some() => {
                        self.refused += 1;
                        self.lose(number, &why)
                    }
                    taken => taken,
                }
            }
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(()),
            Err(error) => self.lose(number, &error.to_string()),
        }
    }

    /// A connection ended. Who may come back does so later; otherwise it is an error.
    fn lose(&mut self, number: usize, why: &str) -> Result<(), NoStream> {
        self.ended += 1;
        let reader = &mut self.readers[number];
        // Closing it takes it off the epoll.
        reader.socket = None;
        reader.open = false;
        let Some(returns) = self.returns else { return Err(NoStream(why.to_owned())) };
        let after = reader.retry_in.take().map_or(returns, Duration::from_millis);
        let due = Instant::now() + after;
        let place = self.absent.partition_point(|(other, _)| *other <= due);
        self.absent.insert(place, (due, number));
        Ok(())
    }
}

/// When the kernel got the last of what was read, in ns since the Unix epoch.
fn arrival(messages: nix::Result<impl Iterator<Item = ControlMessageOwned>>) -> Option<u64> {
    messages.ok()?.find_map(|message| match message {
        ControlMessageOwned::ScmTimestampns(at) => Some(at.tv_sec() as u64 * 1_000_000_000 + at.tv_nsec() as u64),
        _ => None,
    })
}

/// Whether an error of a socket means only that there is nothing at the moment.
pub fn is_nothing_yet(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
