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
/// Room for the control messages of one datagram: its arrival, and the address it was sent to.
const CONTROL: usize = 128;
/// Receive buffer of an RTP socket, bytes: 200 ms of stall and a burst behind it.
const RECEIVE_BUFFER: libc::c_int = 256 * 1024;
/// Receive buffer of the one socket of all browsers, bytes; the kernel may allow less (net.core.rmem_max).
const SHARED_BUFFER: libc::c_int = 8 << 20;
/// Datagrams sent by one call of sendmmsg.
const SENT_AT_ONCE: usize = 64;

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

/// Binds the UDP socket of all browsers on every address of the machine, IPv4 and IPv6. It tells which of them a datagram was
/// sent to, and answers from there. Returns whether it is an IPv6 socket.
///
/// # Errors
/// What bind says; `AddrInUse` if someone else has the port.
pub fn bind_shared(port: u16) -> io::Result<(UdpSocket, bool)> {
    let six = bind_udp(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)));
    let (socket, is_v6) = match six {
        Ok(socket) => (socket, true),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
        Err(_) => (bind_udp(SocketAddr::from(([0, 0, 0, 0], port)))?, false),
    };
    let fd = socket.as_raw_fd();
    if is_v6 {
        set_option(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO, 1)?;
    } else {
        set_option(fd, libc::IPPROTO_IP, libc::IP_PKTINFO, 1)?;
    }
    if set_option(fd, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, SHARED_BUFFER).is_err() {
        let _ = set_option(fd, libc::SOL_SOCKET, libc::SO_RCVBUF, SHARED_BUFFER);
    }
    let _ = set_option(fd, libc::SOL_SOCKET, libc::SO_SNDBUF, SHARED_BUFFER / 4);
    Ok((socket, is_v6))
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

/// How a datagram came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    pub source: SocketAddr,
    /// The address it was sent to, if the socket tells.
    pub local: Option<IpAddr>,
    /// Arrival by the real-time clock in ns; 0 if unknown.
    pub arrival: u64,
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

    /// Reads what has arrived, at most one batch. Returns true if the batch was full, so that more may wait.
    pub fn read(&mut self, socket: &UdpSocket, mut each: impl FnMut(&mut [u8], Origin)) -> bool {
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
            let Some(source) = source_of(&self.names[i]) else {
                continue;
            };
            let (arrival, local) = notes_of(&self.headers[i].msg_hdr);
            let origin = Origin {
                source,
                local,
                arrival,
            };
            each(&mut self.buffers[i][..length], origin);
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

/// Arrival, and the address it was sent to.
fn notes_of(header: &libc::msghdr) -> (u64, Option<IpAddr>) {
    let (mut arrival, mut local) = (0, None);
    // SAFETY: the kernel wrote the control messages that these macros walk, within msg_controllen.
    unsafe {
        let mut control = libc::CMSG_FIRSTHDR(header);
        while let Some(message) = control.as_ref() {
            let data = libc::CMSG_DATA(control);
            match (message.cmsg_level, message.cmsg_type) {
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                    let stamp = ptr::read_unaligned(data.cast::<libc::timespec>());
                    arrival = stamp.tv_sec as u64 * 1_000_000_000 + stamp.tv_nsec as u64;
                }
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    let info = ptr::read_unaligned(data.cast::<libc::in_pktinfo>());
                    local = Some(IpAddr::V4(u32::from_be(info.ipi_addr.s_addr).into()));
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let info = ptr::read_unaligned(data.cast::<libc::in6_pktinfo>());
                    local = Some(Ipv6Addr::from(info.ipi6_addr.s6_addr).to_canonical());
                }
                _ => {}
            }
            control = libc::CMSG_NXTHDR(header, control);
        }
    }
    (arrival, local)
}

/// One datagram to send from the browsers' socket.
pub struct Outgoing<'a> {
    pub bytes: &'a [u8],
    pub to: SocketAddr,
    /// The address it leaves from; unspecified: the system chooses.
    pub local: IpAddr,
}

/// Buffers for sending datagrams in batches, each from an address of its own.
pub struct Writer {
    names: Box<[libc::sockaddr_storage; SENT_AT_ONCE]>,
    controls: Box<[[u64; CONTROL / 8]; SENT_AT_ONCE]>,
    vectors: Box<[libc::iovec; SENT_AT_ONCE]>,
    headers: Box<[libc::mmsghdr; SENT_AT_ONCE]>,
}

// SAFETY: the pointers in it are set anew for each call.
unsafe impl Send for Writer {}

impl Writer {
    pub fn new() -> Self {
        // SAFETY: all these are plain C data for which zero is a value.
        unsafe {
            Self {
                names: Box::new(zeroed()),
                controls: Box::new([[0; CONTROL / 8]; SENT_AT_ONCE]),
                vectors: Box::new(zeroed()),
                headers: Box::new(zeroed()),
            }
        }
    }

    /// Sends them in order. One that cannot be sent now is lost, as it may be anywhere on its way; the others go on.
    pub fn send<'a>(
        &mut self,
        socket: &UdpSocket,
        is_v6: bool,
        datagrams: impl Iterator<Item = Outgoing<'a>>,
    ) {
        let mut datagrams = datagrams.peekable();
        while datagrams.peek().is_some() {
            let mut count = 0;
            for datagram in datagrams.by_ref().take(SENT_AT_ONCE) {
                self.prepare(count, &datagram, is_v6);
                count += 1;
            }
            let mut start = 0;
            while start < count {
                // SAFETY: the headers up to `count` point into arrays of `self` and into bytes the caller lends for 'a.
                let sent = unsafe {
                    libc::sendmmsg(
                        socket.as_raw_fd(),
                        self.headers.as_mut_ptr().add(start),
                        (count - start) as libc::c_uint,
                        libc::MSG_DONTWAIT as _,
                    )
                };
                // An error is of the first one left.
                start += usize::try_from(sent).unwrap_or(0).max(1);
            }
        }
    }

    fn prepare(&mut self, i: usize, datagram: &Outgoing<'_>, is_v6: bool) {
        let name_length = write_name(&mut self.names[i], address_for(datagram.to, is_v6));
        self.vectors[i] = libc::iovec {
            iov_base: datagram.bytes.as_ptr().cast_mut().cast(),
            iov_len: datagram.bytes.len(),
        };
        let header = &mut self.headers[i].msg_hdr;
        header.msg_name = ptr::from_mut(&mut self.names[i]).cast();
        header.msg_namelen = name_length;
        header.msg_iov = &mut self.vectors[i];
        header.msg_iovlen = 1;
        header.msg_control = self.controls[i].as_mut_ptr().cast();
        header.msg_controllen = CONTROL;
        header.msg_controllen = if datagram.local.is_unspecified() {
            0
        } else {
            write_source(header, datagram.local, is_v6)
        };
    }
}

/// Writes the control message that says which address a datagram leaves from. Returns its length.
fn write_source(header: &mut libc::msghdr, local: IpAddr, is_v6: bool) -> usize {
    let v6 = libc::in6_pktinfo {
        ipi6_addr: libc::in6_addr {
            s6_addr: match local {
                IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
                IpAddr::V6(v6) => v6.octets(),
            },
        },
        ipi6_ifindex: 0,
    };
    // SAFETY: the header's control buffer has room for either message; the macros compute places within it.
    unsafe {
        let control = libc::CMSG_FIRSTHDR(header);
        let Some(message) = control.as_mut() else {
            return 0;
        };
        let size = match (is_v6, local) {
            (true, _) => {
                (message.cmsg_level, message.cmsg_type) = (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO);
                ptr::write_unaligned(libc::CMSG_DATA(control).cast(), v6);
                size_of::<libc::in6_pktinfo>()
            }
            (false, IpAddr::V4(v4)) => {
                (message.cmsg_level, message.cmsg_type) = (libc::IPPROTO_IP, libc::IP_PKTINFO);
                let mut info: libc::in_pktinfo = zeroed();
                info.ipi_spec_dst.s_addr = u32::from(v4).to_be();
                ptr::write_unaligned(libc::CMSG_DATA(control).cast(), info);
                size_of::<libc::in_pktinfo>()
            }
            (false, IpAddr::V6(_)) => return 0,
        };
        message.cmsg_len = libc::CMSG_LEN(size as libc::c_uint) as usize;
        libc::CMSG_SPACE(size as libc::c_uint) as usize
    }
}

/// Writes a socket address; returns its length.
fn write_name(name: &mut libc::sockaddr_storage, address: SocketAddr) -> libc::socklen_t {
    match address {
        SocketAddr::V4(v4) => {
            let to = libc::sockaddr_in {
                sin_family: libc::AF_INET as _,
                sin_port: v4.port().to_be(),
                sin_addr: libc::in_addr {
                    s_addr: u32::from(*v4.ip()).to_be(),
                },
                sin_zero: [0; 8],
            };
            // SAFETY: a sockaddr_storage has room and alignment for every kind of address.
            unsafe { ptr::write(ptr::from_mut(name).cast(), to) };
            size_of::<libc::sockaddr_in>() as libc::socklen_t
        }
        SocketAddr::V6(v6) => {
            let to = libc::sockaddr_in6 {
                sin6_family: libc::AF_INET6 as _,
                sin6_port: v6.port().to_be(),
                sin6_flowinfo: v6.flowinfo(),
                sin6_addr: libc::in6_addr {
                    s6_addr: v6.ip().octets(),
                },
                sin6_scope_id: v6.scope_id(),
            };
            // SAFETY: as above.
            unsafe { ptr::write(ptr::from_mut(name).cast(), to) };
            size_of::<libc::sockaddr_in6>() as libc::socklen_t
        }
    }
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
        let more = reader.read(&receiver, |bytes, origin| {
            seen.push((bytes.to_vec(), origin.source, origin.arrival))
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
        Reader::new().read(&receiver, |_, origin| source = Some(origin.source));
        assert_eq!(source, Some(sender.local_addr().expect("address")));
        let to = address_for(source.expect("a source"), true);
        receiver
            .send_to(b"y", to)
            .expect("an answer to the mapped address");
    }

    #[test]
    fn answers_leave_from_the_address_that_was_asked() {
        let (shared, is_v6) = bind_shared(0).expect("bind");
        let port = shared.local_addr().expect("address").port();
        let mut clients = vec![
            ("127.0.0.1:0", format!("127.0.0.2:{port}")),
            ("127.0.0.1:0", format!("127.0.0.3:{port}")),
        ];
        if UdpSocket::bind("[::1]:0").is_ok() && is_v6 {
            clients.push(("[::1]:0", format!("[::1]:{port}")));
        }
        let clients: Vec<(UdpSocket, SocketAddr)> = clients
            .iter()
            .map(|(bind, to)| {
                let socket = UdpSocket::bind(bind).expect("bind");
                let timeout = Some(std::time::Duration::from_secs(2));
                socket.set_read_timeout(timeout).expect("timeout");
                let to = to.parse().expect("an address");
                socket.send_to(b"ask", to).expect("send");
                (socket, to)
            })
            .collect();
        let mut asked = Vec::new();
        Reader::new().read(&shared, |_, origin| asked.push(origin));
        assert_eq!(asked.len(), clients.len());
        let answers: Vec<Vec<u8>> = (0..asked.len() as u8).map(|n| vec![n; 9]).collect();
        let outgoing = asked.iter().zip(&answers).map(|(origin, bytes)| Outgoing {
            bytes,
            to: origin.source,
            local: origin.local.expect("the socket tells"),
        });
        Writer::new().send(&shared, is_v6, outgoing);
        for (n, (client, asked)) in clients.iter().enumerate() {
            let mut bytes = [0; 20];
            let (length, from) = client.recv_from(&mut bytes).expect("an answer");
            assert_eq!((&bytes[..length], from), (&[n as u8; 9][..], *asked));
        }
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
