//! The system calls of the worker: UDP sockets read in batches with arrival times, epoll, the tick's timer, limits.
//!
//! The only module of the crate with `unsafe` in it; every block wraps one call of libc.
#![allow(unsafe_code)]

use std::io;
use std::mem::{size_of, zeroed, MaybeUninit};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

/// Datagrams read by one call of recvmmsg.
const BATCH: usize = 16;
/// Room for one datagram; longer ones are cut and then fail to parse.
const DATAGRAM: usize = 2048;
/// Room for the control messages of one datagram.
const CONTROL: usize = 64;
/// Receive buffer of an RTP socket, bytes: 200 ms of stall and a burst behind it.
const RECEIVE_BUFFER: libc::c_int = 256 * 1024;

fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(result)
    }
}

fn set_option(
    fd: RawFd,
    level: libc::c_int,
    name: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    // SAFETY: `value` lives through the call and its size is given.
    checked(unsafe {
        libc::setsockopt(
            fd,
            level,
            name,
            ptr::from_ref(&value).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    })
    .map(drop)
}

/// Binds a non-blocking UDP socket that stamps arrivals.
///
/// # Errors
/// What bind says; `AddrInUse` if someone else has the port.
pub fn bind_udp(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    let fd = socket.as_raw_fd();
    set_option(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
    // Failing to get a larger buffer is no reason to refuse a call.
    let _ = set_option(fd, libc::SOL_SOCKET, libc::SO_RCVBUF, RECEIVE_BUFFER);
    // Voice: DSCP EF (RFC 4594).
    let _ = match address {
        SocketAddr::V4(_) => set_option(fd, libc::IPPROTO_IP, libc::IP_TOS, 0xB8),
        SocketAddr::V6(_) => set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_TCLASS, 0xB8),
    };
    Ok(socket)
}

/// The address to give to a socket of the other family: an IPv4 peer of an IPv6 socket is written as a mapped one.
pub fn address_for(to: SocketAddr, socket_is_v6: bool) -> SocketAddr {
    match to {
        SocketAddr::V4(v4) if socket_is_v6 => {
            SocketAddr::V6(SocketAddrV6::new(v4.ip().to_ipv6_mapped(), v4.port(), 0, 0))
        }
        other => other,
    }
}

/// Buffers for reading datagrams in batches.
pub struct Reader {
    buffers: Box<[[u8; DATAGRAM]; BATCH]>,
    names: Box<[libc::sockaddr_storage; BATCH]>,
    controls: Box<[[u64; CONTROL / 8]; BATCH]>,
    vectors: Box<[libc::iovec; BATCH]>,
    headers: Box<[libc::mmsghdr; BATCH]>,
}

// SAFETY: the pointers in it point into boxes it owns itself, which do not move with it.
unsafe impl Send for Reader {}

impl Reader {
    pub fn new() -> Self {
        // SAFETY: all these are plain C data for which zero is a value.
        let mut reader = Self {
            buffers: Box::new([[0; DATAGRAM]; BATCH]),
            names: Box::new(unsafe { zeroed() }),
            controls: Box::new([[0; CONTROL / 8]; BATCH]),
            vectors: Box::new(unsafe { zeroed() }),
            headers: Box::new(unsafe { zeroed() }),
        };
        for i in 0..BATCH {
            reader.vectors[i] = libc::iovec {
                iov_base: reader.buffers[i].as_mut_ptr().cast(),
                iov_len: DATAGRAM,
            };
            let header = &mut reader.headers[i].msg_hdr;
            header.msg_name = ptr::from_mut(&mut reader.names[i]).cast();
            header.msg_iov = &mut reader.vectors[i];
            header.msg_iovlen = 1;
            header.msg_control = reader.controls[i].as_mut_ptr().cast();
        }
        reader
    }

    /// Reads what has arrived, at most one batch, and gives each datagram with its source and its arrival by the
    /// real-time clock in ns (0 if unknown). Returns true if the batch was full, so that more may wait.
    pub fn read(
        &mut self,
        socket: &UdpSocket,
        mut each: impl FnMut(&mut [u8], SocketAddr, u64),
    ) -> bool {
        for header in self.headers.iter_mut() {
            header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_hdr.msg_controllen = CONTROL;
        }
        // SAFETY: every header points into boxed arrays of `self` that outlive the call.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                self.headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT as _,
                ptr::null_mut(),
            )
        };
        let Ok(count) = usize::try_from(count) else {
            return false;
        };
        for i in 0..count {
            let length = (self.headers[i].msg_len as usize).min(DATAGRAM);
            let Some(from) = source_of(&self.names[i]) else {
                continue;
            };
            let arrival = arrival_of(&self.headers[i].msg_hdr);
            each(&mut self.buffers[i][..length], from, arrival);
        }
        count == BATCH
    }
}

fn source_of(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    match libc::c_int::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that the storage holds a sockaddr_in.
            let v4 = unsafe { &*ptr::from_ref(name).cast::<libc::sockaddr_in>() };
            Some(SocketAddr::new(
                IpAddr::V4(u32::from_be(v4.sin_addr.s_addr).into()),
                u16::from_be(v4.sin_port),
            ))
        }
        libc::AF_INET6 => {
            // SAFETY: the family says that the storage holds a sockaddr_in6.
            let v6 = unsafe { &*ptr::from_ref(name).cast::<libc::sockaddr_in6>() };
            let port = u16::from_be(v6.sin6_port);
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            Some(match ip.to_ipv4_mapped() {
                Some(v4) => SocketAddr::new(IpAddr::V4(v4), port),
                None => SocketAddr::V6(SocketAddrV6::new(ip, port, 0, v6.sin6_scope_id)),
            })
        }
        _ => None,
    }
}

fn arrival_of(header: &libc::msghdr) -> u64 {
    // SAFETY: the kernel wrote the control messages that these macros walk, within msg_controllen.
    unsafe {
        let mut control = libc::CMSG_FIRSTHDR(header);
        while let Some(message) = control.as_ref() {
            if message.cmsg_level == libc::SOL_SOCKET && message.cmsg_type == libc::SCM_TIMESTAMPNS
            {
                let stamp = ptr::read_unaligned(libc::CMSG_DATA(control).cast::<libc::timespec>());
                return stamp.tv_sec as u64 * 1_000_000_000 + stamp.tv_nsec as u64;
            }
            control = libc::CMSG_NXTHDR(header, control);
        }
    }
    0
}

fn clock(id: libc::clockid_t) -> u64 {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the call fills the timespec; zero is a valid value should it fail.
    let time = unsafe {
        libc::clock_gettime(id, time.as_mut_ptr());
        time.assume_init()
    };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Nanoseconds of the monotonic clock.
pub fn monotonic() -> u64 {
    clock(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds since 1970.
pub fn realtime() -> u64 {
    clock(libc::CLOCK_REALTIME)
}

/// epoll with one number a descriptor.
pub struct Poller {
    epoll: OwnedFd,
    events: Box<[libc::epoll_event; 256]>,
}

impl Poller {
    /// # Errors
    /// What the kernel says, e.g. too many open files.
    pub fn new() -> io::Result<Self> {
        // SAFETY: a fresh descriptor, owned by nobody else; zeroed events are valid.
        unsafe {
            let fd = checked(libc::epoll_create1(libc::EPOLL_CLOEXEC))?;
            Ok(Self {
                epoll: OwnedFd::from_raw_fd(fd),
                events: Box::new(zeroed()),
            })
        }
    }

    fn change(&self, operation: libc::c_int, fd: RawFd, token: u64) -> io::Result<()> {
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN as u32,
            u64: token,
        };
        // SAFETY: the event lives through the call.
        checked(unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), operation, fd, &mut event) })
            .map(drop)
    }

    /// Waits for a descriptor to become readable from now on (level triggered).
    ///
    /// # Errors
    /// What the kernel says.
    pub fn add(&self, descriptor: &impl AsRawFd, token: u64) -> io::Result<()> {
        self.change(libc::EPOLL_CTL_ADD, descriptor.as_raw_fd(), token)
    }

    /// Forgets a descriptor; that it was not there is no error.
    pub fn remove(&self, descriptor: &impl AsRawFd) {
        let _ = self.change(libc::EPOLL_CTL_DEL, descriptor.as_raw_fd(), 0);
    }

    /// Waits, and appends the tokens of what is readable. An interrupted wait gives none.
    pub fn wait(&mut self, ready: &mut Vec<u64>, timeout_ms: i32) {
        // SAFETY: the array is ours and its length is given.
        let count = unsafe {
            libc::epoll_wait(
                self.epoll.as_raw_fd(),
                self.events.as_mut_ptr(),
                self.events.len() as i32,
                timeout_ms,
            )
        };
        for event in self.events.iter().take(usize::try_from(count).unwrap_or(0)) {
            ready.push(event.u64);
        }
    }
}

/// A timer that expires at absolute times of the monotonic clock.
pub struct Ticker {
    fd: OwnedFd,
}

impl Ticker {
    /// Expires first at `start` (ns of the monotonic clock), then every `interval` ns.
    ///
    /// # Errors
    /// What the kernel says.
    pub fn new(start: u64, interval: u64) -> io::Result<Self> {
        let time = |ns: u64| libc::timespec {
            tv_sec: (ns / 1_000_000_000) as _,
            tv_nsec: (ns % 1_000_000_000) as _,
        };
        let setting = libc::itimerspec {
            it_value: time(start),
            it_interval: time(interval),
        };
        // SAFETY: a fresh descriptor, owned by nobody else; the setting lives through the call.
        unsafe {
            let fd = checked(libc::timerfd_create(
                libc::CLOCK_MONOTONIC,
                libc::TFD_NONBLOCK | libc::TFD_CLOEXEC,
            ))?;
            let fd = OwnedFd::from_raw_fd(fd);
            checked(libc::timerfd_settime(
                fd.as_raw_fd(),
                libc::TFD_TIMER_ABSTIME,
                &setting,
                ptr::null_mut(),
            ))?;
            Ok(Self { fd })
        }
    }

    /// How many times it expired since last asked.
    pub fn expirations(&self) -> u64 {
        read_counter(&self.fd)
    }
}

impl AsRawFd for Ticker {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

fn read_counter(fd: &OwnedFd) -> u64 {
    let mut value = 0_u64;
    // SAFETY: eight bytes are read into a u64.
    let read = unsafe { libc::read(fd.as_raw_fd(), ptr::from_mut(&mut value).cast(), 8) };
    if read == 8 {
        value
    } else {
        0
    }
}

/// A flag one thread raises to wake another one's epoll.
pub struct Bell {
    fd: OwnedFd,
}

impl Bell {
    /// # Errors
    /// What the kernel says.
    pub fn new() -> io::Result<Self> {
        // SAFETY: a fresh descriptor, owned by nobody else.
        unsafe {
            let fd = checked(libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC))?;
            Ok(Self {
                fd: OwnedFd::from_raw_fd(fd),
            })
        }
    }

    pub fn ring(&self) {
        let one = 1_u64;
        // SAFETY: eight bytes are written from a u64. A full counter rings all the same.
        unsafe { libc::write(self.fd.as_raw_fd(), ptr::from_ref(&one).cast(), 8) };
    }

    pub fn silence(&self) {
        read_counter(&self.fd);
    }
}

impl AsRawFd for Bell {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

/// SIGTERM and SIGINT as a readable descriptor. To be made before any thread is started, so that all have them blocked.
pub struct Signals {
    fd: OwnedFd,
}

impl Signals {
    /// # Errors
    /// What the kernel says.
    pub fn new() -> io::Result<Self> {
        // SAFETY: the set is initialised by sigemptyset; a fresh descriptor, owned by nobody else.
        unsafe {
            let mut set = zeroed();
            libc::sigemptyset(&mut set);
            libc::sigaddset(&mut set, libc::SIGTERM);
            libc::sigaddset(&mut set, libc::SIGINT);
            checked(libc::pthread_sigmask(
                libc::SIG_BLOCK,
                &set,
                ptr::null_mut(),
            ))?;
            let fd = checked(libc::signalfd(
                -1,
                &set,
                libc::SFD_NONBLOCK | libc::SFD_CLOEXEC,
            ))?;
            Ok(Self {
                fd: OwnedFd::from_raw_fd(fd),
            })
        }
    }
}

impl AsRawFd for Signals {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

/// Raises the soft limit of open files to the hard one and returns it.
pub fn raise_open_files() -> u64 {
    // SAFETY: the limit is plain data filled by the first call.
    unsafe {
        let mut limit: libc::rlimit = zeroed();
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) != 0 {
            return 0;
        }
        let raised = libc::rlimit {
            rlim_cur: limit.rlim_max,
            rlim_max: limit.rlim_max,
        };
        if libc::setrlimit(libc::RLIMIT_NOFILE, &raised) == 0 {
            limit.rlim_max
        } else {
            limit.rlim_cur
        }
    }
}

/// Asks that this thread be run before others when the machine is busy; without the right to ask, nothing changes.
pub fn prefer_this_thread() {
    // SAFETY: changes a number of the scheduler; 0 is the calling thread.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, -15) };
}

/// Makes all files this process creates readable by its user alone.
pub fn private_files() {
    // SAFETY: umask cannot fail.
    unsafe { libc::umask(0o077) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_come_with_source_and_arrival() {
        let receiver = bind_udp("127.0.0.1:0".parse().expect("address")).expect("bind");
        let sender = UdpSocket::bind("127.0.0.1:0").expect("bind");
        let to = receiver.local_addr().expect("address");
        for i in 0..3_u8 {
            sender.send_to(&[i; 20], to).expect("send");
        }
        let before = realtime();
        let mut reader = Reader::new();
        let mut seen = Vec::new();
        let more = reader.read(&receiver, |bytes, from, arrival| {
            seen.push((bytes.to_vec(), from, arrival))
        });
        assert!(!more);
        assert_eq!(seen.len(), 3);
        for (i, (bytes, from, arrival)) in seen.iter().enumerate() {
            assert_eq!(bytes, &vec![i as u8; 20]);
            assert_eq!(*from, sender.local_addr().expect("address"));
            assert!(
                before.abs_diff(*arrival) < 1_000_000_000,
                "arrival {arrival} now {before}"
            );
        }
    }

    #[test]
    fn an_ipv6_socket_hears_and_answers_ipv4() {
        let Ok(receiver) = bind_udp("[::]:0".parse().expect("address")) else {
            return; // a machine without IPv6
        };
        let sender = UdpSocket::bind("127.0.0.1:0").expect("bind");
        let port = receiver.local_addr().expect("address").port();
        sender.send_to(b"x", ("127.0.0.1", port)).expect("send");
        let mut source = None;
        Reader::new().read(&receiver, |_, from, _| source = Some(from));
        assert_eq!(source, Some(sender.local_addr().expect("address")));
        let to = address_for(source.expect("a source"), true);
        receiver
            .send_to(b"y", to)
            .expect("an answer to the mapped address");
    }

    #[test]
    fn the_ticker_counts_what_was_missed() {
        let ticker = Ticker::new(monotonic() - 50_000_000, 20_000_000).expect("timer");
        assert_eq!(ticker.expirations(), 3);
    }

    #[test]
    fn a_bell_wakes_the_poller_until_silenced() {
        let bell = Bell::new().expect("eventfd");
        let mut poller = Poller::new().expect("epoll");
        poller.add(&bell, 42).expect("add");
        bell.ring();
        let mut ready = Vec::new();
        poller.wait(&mut ready, 0);
        assert_eq!(ready, [42]);
        bell.silence();
        ready.clear();
        poller.wait(&mut ready, 0);
        assert!(ready.is_empty());
    }
}
