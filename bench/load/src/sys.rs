//! UDP sockets, the clock and readiness, straight on the system calls: the only file with `unsafe`.

use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

/// Largest datagram we look at, bytes.
pub const DATAGRAM: usize = 2048;

static STOP: AtomicBool = AtomicBool::new(false);

extern "C" fn on_signal(_: libc::c_int) {
    STOP.store(true, Ordering::Relaxed);
}

/// From now on SIGTERM and SIGINT only make [`stopping`] true.
pub fn catch_signals() {
    let handler: extern "C" fn(libc::c_int) = on_signal;
    // SAFETY: the handler only stores to an atomic; the struct is fully initialised.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = handler as usize;
        libc::sigaction(libc::SIGTERM, &action, std::ptr::null_mut());
        libc::sigaction(libc::SIGINT, &action, std::ptr::null_mut());
        libc::prctl(libc::PR_SET_TIMERSLACK, 1_000u64, 0, 0, 0);
    }
}

/// Whether SIGTERM or SIGINT came.
pub fn stopping() -> bool {
    STOP.load(Ordering::Relaxed)
}

/// Raise the limit of open files to its hard maximum; returns what it is now.
pub fn raise_file_limit() -> u64 {
    // SAFETY: plain system calls on an initialised struct.
    unsafe {
        let mut limit: libc::rlimit = mem::zeroed();
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        limit.rlim_cur = limit.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        limit.rlim_cur
    }
}

fn clock(id: libc::clockid_t) -> i64 {
    // SAFETY: the struct is written by the call.
    unsafe {
        let mut time: libc::timespec = mem::zeroed();
        libc::clock_gettime(id, &mut time);
        time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}

/// Wall clock, ns: the clock of the kernel's receive time stamps, so all times here are of this clock.
pub fn now() -> i64 {
    clock(libc::CLOCK_REALTIME)
}

/// CPU time of this process, user and system, seconds.
pub fn own_cpu() -> f64 {
    clock(libc::CLOCK_PROCESS_CPUTIME_ID) as f64 / 1e9
}

/// Sleep until the given wall clock time, ns.
pub fn sleep_until(at: i64) {
    let time = libc::timespec {
        tv_sec: at / 1_000_000_000,
        tv_nsec: at % 1_000_000_000,
    };
    // SAFETY: `time` lives through the call; a null remainder is allowed.
    unsafe {
        libc::clock_nanosleep(
            libc::CLOCK_REALTIME,
            libc::TIMER_ABSTIME,
            &time,
            std::ptr::null_mut(),
        );
    }
}

/// Send a signal to a process of ours (SIGSTOP and SIGCONT for the worker's stall).
pub fn signal(pid: i32, signal: i32) {
    // SAFETY: plain system call.
    unsafe {
        libc::kill(pid, signal);
    }
}

fn raw_address(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr {
            s_addr: u32::from(*address.ip()).to_be(),
        },
        sin_zero: [0; 8],
    }
}

fn address_of(raw: &libc::sockaddr_in) -> SocketAddrV4 {
    SocketAddrV4::new(
        Ipv4Addr::from(u32::from_be(raw.sin_addr.s_addr)),
        u16::from_be(raw.sin_port),
    )
}

/// A non-blocking UDP socket on IPv4.
pub struct Udp {
    fd: OwnedFd,
}

impl Udp {
    /// Bind. `stamped` asks the kernel for receive time stamps, `buffer` (bytes) for larger buffers where not 0.
    pub fn bind(address: SocketAddrV4, stamped: bool, buffer: i32) -> io::Result<Udp> {
        // SAFETY: system calls with pointers to initialised locals of the stated sizes; the fd is owned at once.
        unsafe {
            let fd = libc::socket(
                libc::AF_INET,
                libc::SOCK_DGRAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC,
                0,
            );
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            let socket = Udp {
                fd: OwnedFd::from_raw_fd(fd),
            };
            if stamped {
                socket.option(libc::SO_TIMESTAMPNS, 1);
            }
            if buffer > 0 {
                socket.option(libc::SO_RCVBUF, buffer);
                socket.option(libc::SO_SNDBUF, buffer);
            }
            let raw = raw_address(address);
            let size = mem::size_of::<libc::sockaddr_in>() as libc::socklen_t;
            if libc::bind(fd, (&raw as *const libc::sockaddr_in).cast(), size) < 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(socket)
        }
    }

    fn option(&self, name: libc::c_int, value: libc::c_int) {
        let size = mem::size_of::<libc::c_int>() as libc::socklen_t;
        // SAFETY: `value` lives through the call.
        unsafe {
            libc::setsockopt(
                self.raw(),
                libc::SOL_SOCKET,
                name,
                (&value as *const libc::c_int).cast(),
                size,
            );
        }
    }

    pub fn raw(&self) -> RawFd {
        self.fd.as_raw_fd()
    }

    /// The port bound to.
    pub fn port(&self) -> u16 {
        // SAFETY: getsockname writes at most `size` bytes into `raw`.
        unsafe {
            let mut raw: libc::sockaddr_in = mem::zeroed();
            let mut size = mem::size_of::<libc::sockaddr_in>() as libc::socklen_t;
            libc::getsockname(
                self.raw(),
                (&mut raw as *mut libc::sockaddr_in).cast(),
                &mut size,
            );
            u16::from_be(raw.sin_port)
        }
    }

    /// Send one datagram; false when the kernel did not take it.
    pub fn send_to(&self, data: &[u8], to: SocketAddrV4) -> bool {
        let raw = raw_address(to);
        let size = mem::size_of::<libc::sockaddr_in>() as libc::socklen_t;
        // SAFETY: pointers and lengths of live locals.
        let sent = unsafe {
            libc::sendto(
                self.raw(),
                data.as_ptr().cast(),
                data.len(),
                libc::MSG_DONTWAIT,
                (&raw as *const libc::sockaddr_in).cast(),
                size,
            )
        };
        sent == data.len() as isize
    }

    /// Receive one datagram: length and source.
    pub fn receive(&self, into: &mut [u8]) -> Option<(usize, SocketAddrV4)> {
        // SAFETY: recvfrom writes at most `into.len()` and `size` bytes.
        unsafe {
            let mut raw: libc::sockaddr_in = mem::zeroed();
            let mut size = mem::size_of::<libc::sockaddr_in>() as libc::socklen_t;
            let got = libc::recvfrom(
                self.raw(),
                into.as_mut_ptr().cast(),
                into.len(),
                libc::MSG_DONTWAIT,
                (&mut raw as *mut libc::sockaddr_in).cast(),
                &mut size,
            );
            (got >= 0).then(|| (got as usize, address_of(&raw)))
        }
    }
}

const CONTROL: usize = 64;

/// Buffers for receiving many datagrams by one system call.
pub struct Batch {
    data: Vec<[u8; DATAGRAM]>,
    control: Vec<[u64; CONTROL / 8]>,
    names: Vec<libc::sockaddr_in>,
    vectors: Vec<libc::iovec>,
    headers: Vec<libc::mmsghdr>,
    filled: usize,
}

/// One datagram of a [`Batch`].
pub struct Datagram<'a> {
    pub data: &'a [u8],
    pub from: SocketAddrV4,
    /// When the kernel got it, ns of the wall clock; 0 when the socket is not stamped.
    pub at: i64,
}

impl Batch {
    pub fn new(size: usize) -> Batch {
        // SAFETY: all-zero is a valid value of these plain C structs.
        unsafe {
            Batch {
                data: vec![[0; DATAGRAM]; size],
                control: vec![[0; CONTROL / 8]; size],
                names: vec![mem::zeroed(); size],
                vectors: vec![mem::zeroed(); size],
                headers: vec![mem::zeroed(); size],
                filled: 0,
            }
        }
    }

    /// Receive what is there, at most the batch's size; returns how many. Never waits.
    pub fn receive(&mut self, socket: &Udp) -> usize {
        for i in 0..self.headers.len() {
            self.vectors[i].iov_base = self.data[i].as_mut_ptr().cast();
            self.vectors[i].iov_len = DATAGRAM;
            let header = &mut self.headers[i].msg_hdr;
            header.msg_name = (&mut self.names[i] as *mut libc::sockaddr_in).cast();
            header.msg_namelen = mem::size_of::<libc::sockaddr_in>() as libc::socklen_t;
            header.msg_iov = &mut self.vectors[i];
            header.msg_iovlen = 1;
            header.msg_control = self.control[i].as_mut_ptr().cast();
            header.msg_controllen = CONTROL as _;
        }
        // SAFETY: every header points at buffers of this struct, which outlive the call.
        let got = unsafe {
            libc::recvmmsg(
                socket.raw(),
                self.headers.as_mut_ptr(),
                self.headers.len() as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        self.filled = got.max(0) as usize;
        self.filled
    }

    pub fn get(&self, index: usize) -> Datagram<'_> {
        assert!(index < self.filled);
        let header = &self.headers[index];
        Datagram {
            data: &self.data[index][..(header.msg_len as usize).min(DATAGRAM)],
            from: address_of(&self.names[index]),
            at: stamp(&header.msg_hdr),
        }
    }
}

fn stamp(header: &libc::msghdr) -> i64 {
    // SAFETY: the CMSG macros walk the control buffer the kernel filled and bounded by msg_controllen.
    unsafe {
        let mut message = libc::CMSG_FIRSTHDR(header);
        while !message.is_null() {
            if (*message).cmsg_level == libc::SOL_SOCKET
                && (*message).cmsg_type == libc::SCM_TIMESTAMPNS
            {
                let time: libc::timespec =
                    std::ptr::read_unaligned(libc::CMSG_DATA(message).cast());
                return time.tv_sec * 1_000_000_000 + time.tv_nsec;
            }
            message = libc::CMSG_NXTHDR(header, message);
        }
    }
    0
}

/// Readiness of many sockets (level triggered).
pub struct Poller {
    fd: OwnedFd,
    events: Vec<libc::epoll_event>,
}

impl Poller {
    pub fn new() -> io::Result<Poller> {
        // SAFETY: the fd is owned at once; zeroed events are valid.
        unsafe {
            let fd = libc::epoll_create1(libc::EPOLL_CLOEXEC);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(Poller {
                fd: OwnedFd::from_raw_fd(fd),
                events: vec![mem::zeroed(); 256],
            })
        }
    }

    pub fn add(&self, socket: &Udp, token: u64) {
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN as u32,
            u64: token,
        };
        // SAFETY: `event` lives through the call.
        unsafe {
            libc::epoll_ctl(
                self.fd.as_raw_fd(),
                libc::EPOLL_CTL_ADD,
                socket.raw(),
                &mut event,
            );
        }
    }

    /// Wait at most `milliseconds`; returns how many are ready.
    pub fn wait(&mut self, milliseconds: i32) -> usize {
        // SAFETY: the kernel writes at most `events.len()` entries.
        let got = unsafe {
            libc::epoll_wait(
                self.fd.as_raw_fd(),
                self.events.as_mut_ptr(),
                self.events.len() as libc::c_int,
                milliseconds,
            )
        };
        got.max(0) as usize
    }

    pub fn token(&self, index: usize) -> u64 {
        self.events[index].u64
    }
}
