//! A sink in Rust: sends events as lines of JSON over TCP and counts as delivered what the receiver acknowledges.
//!     rustc --edition 2021 -O --crate-type cdylib -o sink_rust.so sink_rust.rs
//! Sent is {"id":"...","event":...}; answered, in any order, "ok ID" or "no ID REASON", each with a line end.
mod boundary;
mod postern;

use boundary::{check, failure, guarded, str_of, Failure};
use postern::*;
use std::collections::HashMap;
use std::ffi::CString;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::raw::{c_char, c_void};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A NUL-terminated constant.
macro_rules! text {
    ($words:expr) => { concat!($words, "\0").as_ptr() as *const c_char };
}

/// So many lines are unanswered at the most: their answers fit into the buffers of the connection, so that neither side
/// waits for the other to read.
const WINDOW: usize = 64;
const ANSWER_LIMIT: u64 = 4096;
/// A try to connect cannot be interrupted, and the next begins anew: so each lasts twice as long as the one before, for
/// receivers far away, but none so long that the call would not end within a second of interrupt.
const FIRST_TRY: Duration = Duration::from_millis(200);
const LONGEST_TRY: Duration = Duration::from_millis(800);

/// `interrupt` comes while `write` runs: so there is never a `&mut Sink`, and what both touch lies behind a lock.
struct Sink {
    host: *const postern_host,
    address: SocketAddr,
    timeout: Duration,
    connection: Mutex<Option<BufReader<TcpStream>>>, // of open, write, close, which never overlap
    cord: Mutex<Option<TcpStream>>,                  // the same connection, for interrupt to pull
}

/// A panic under a lock must not make all later calls panic, too: close lets go of what it left.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sink {
    unsafe fn new(host: *const postern_host) -> Result<Sink, Failure> {
        let (mut address, mut timeout) = (postern_text { data: std::ptr::null(), size: 0 }, 0i64);
        (*host).option_text.map(|read| read(host, text!("address"), &mut address));
        (*host).option_integer.map(|read| read(host, text!("timeout"), &mut timeout));
        let address = str_of(address);
        Ok(Sink {
            host,
            // Names are not looked up: that cannot be interrupted.
            address: address.parse().map_err(|_| {
                failure(POSTERN_E_CONFIG, format!("address must be an IP address and a port, not \"{}\"", address))
            })?,
            timeout: Duration::from_millis(timeout.max(1) as u64),
            connection: Mutex::new(None),
            cord: Mutex::new(None),
        })
    }

    fn is_stopping(&self) -> bool {
        unsafe { (*self.host).stopping.map_or(false, |ask| ask(self.host)) }
    }

    fn trouble(&self, words: impl std::fmt::Display) -> Failure {
        if self.is_stopping() { failure(POSTERN_E_STOPPED, "interrupted") }
        else { failure(POSTERN_E_RETRY, format!("{}: {}", self.address, words)) }
    }

    fn io_trouble(&self, error: std::io::Error) -> Failure {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => self.trouble("no answer in time"),
            _ => self.trouble(error),
        }
    }

    fn open(&self) -> Result<(), Failure> {
        let deadline = Instant::now() + self.timeout;
        let mut patience = FIRST_TRY;
        let connection = loop {
            match TcpStream::connect_timeout(&self.address, patience) {
                Ok(connection) => break connection,
                Err(error) if error.kind() != ErrorKind::TimedOut || Instant::now() >= deadline || self.is_stopping() =>
                    return Err(self.io_trouble(error)),
                Err(_) => patience = LONGEST_TRY.min(patience * 2),
            }
        };
        connection.set_read_timeout(Some(self.timeout)).and_then(|_| connection.set_write_timeout(Some(self.timeout)))
            .map_err(|error| self.io_trouble(error))?;
        *lock(&self.cord) = Some(connection.try_clone().map_err(|error| self.io_trouble(error))?);
        *lock(&self.connection) = Some(BufReader::new(connection));
        Ok(())
    }

    fn interrupt(&self) {
        if let Some(connection) = &*lock(&self.cord) {
            let _ = connection.shutdown(Shutdown::Both); // whoever reads or writes on it fails at once
        }
    }

    fn close(&self) {
        *lock(&self.cord) = None;
        *lock(&self.connection) = None;
    }

    unsafe fn write(&self, batch: &postern_batch, result: *mut postern_result) -> Result<(), Failure> {
        #[cfg(panics)] // only in the test of the boundary
        assert!(batch.attempt > 1, "each first try fails");
        let mut guard = lock(&self.connection);
        let connection = guard.as_mut().expect("write comes behind open");
        let events = std::slice::from_raw_parts(batch.events, batch.count);
        for (number, window) in events.chunks(WINDOW).enumerate() {
            if self.is_stopping() { return Err(self.trouble("")) } // interrupt may have come before there was a cord
            let mut lines = Vec::new();
            window.iter().for_each(|event| append_line(&mut lines, &**event));
            connection.get_mut().write_all(&lines).map_err(|error| self.io_trouble(error))?;
            let first = number * WINDOW;
            let mut waiting: HashMap<&str, usize> =
                window.iter().enumerate().map(|(at, event)| (str_of((**event).id), first + at)).collect();
            while !waiting.is_empty() {
                self.take_answer(connection, &mut waiting, result)?;
            }
        }
        Ok(())
    }

    /// Reads one answer and tells the core. What was accepted stays so if the rest of the batch fails.
    unsafe fn take_answer(&self, connection: &mut BufReader<TcpStream>, waiting: &mut HashMap<&str, usize>,
                          result: *mut postern_result) -> Result<(), Failure> {
        let mut line = String::new();
        connection.take(ANSWER_LIMIT).read_line(&mut line).map_err(|error| self.io_trouble(error))?;
        if !line.ends_with('\n') { return Err(self.trouble("the connection ends within an answer, or it is too long")) }
        let mut words = line.trim_end().splitn(3, ' ');
        let (verdict, id, reason) = (words.next(), words.next().unwrap_or(""), words.next().unwrap_or("no reason given"));
        let index = waiting.remove(id);
        match (verdict, index, (*result).accept, (*result).reject) {
            (Some("ok"), Some(index), Some(accept), _) => check(accept(result, index)),
            (Some("no"), Some(index), _, Some(reject)) =>
                check(reject(result, index, CString::new(reason.replace('\0', "?")).unwrap_or_default().as_ptr())),
            _ => Err(self.trouble("an answer that is none, or to something that was not sent")),
        }
    }
}

unsafe fn append_line(lines: &mut Vec<u8>, event: &postern_sink_event) {
    let text = str_of(event.text);
    lines.extend_from_slice(format!("{{\"id\":\"{}\",\"event\":", str_of(event.id)).as_bytes());
    if event.flags & POSTERN_EVENT_JSON != 0 {
        lines.extend_from_slice(text.as_bytes());
    } else {
        lines.push(b'"');
        for c in text.chars() {
            match c {
                '"' | '\\' => lines.extend_from_slice(&[b'\\', c as u8]),
                '\0'..='\x1f' => lines.extend_from_slice(format!("\\u{:04x}", c as u32).as_bytes()),
                _ => lines.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        lines.push(b'"');
    }
    lines.extend_from_slice(b"}\n");
}

// From here on C looks on: nothing panics past these functions (boundary.rs). Null never comes where the header does not say so.

unsafe extern "C" fn create(host: *const postern_host, this: *mut *mut c_void, error: *mut postern_error) -> postern_status {
    guarded(error, || Sink::new(host).map(|sink| *this = Box::into_raw(Box::new(sink)) as *mut c_void))
}

unsafe extern "C" fn destroy(this: *mut c_void) {
    guarded(std::ptr::null_mut(), || Ok(drop(Box::from_raw(this as *mut Sink))));
}

unsafe extern "C" fn open(this: *mut c_void, _: *const postern_call, _: *const postern_pair, _: usize,
                          error: *mut postern_error) -> postern_status {
    guarded(error, || (*(this as *const Sink)).open())
}

unsafe extern "C" fn write(this: *mut c_void, _: *const postern_call, batch: *const postern_batch,
                           result: *mut postern_result, error: *mut postern_error) -> postern_status {
    guarded(error, || (*(this as *const Sink)).write(&*batch, result))
}

unsafe extern "C" fn close(this: *mut c_void) {
    guarded(std::ptr::null_mut(), || Ok((*(this as *const Sink)).close()));
}

unsafe extern "C" fn interrupt(this: *mut c_void) {
    guarded(std::ptr::null_mut(), || Ok((*(this as *const Sink)).interrupt()));
}

const NOTHING: *const c_char = std::ptr::null();
const OPTION: postern_option = postern_option {
    size: std::mem::size_of::<postern_option>() as u32, flags: 0, type_: 0, reserved: 0, name: NOTHING,
    default_value: NOTHING, help: NOTHING, minimum: 0, maximum: 0, choices: std::ptr::null(),
};
static ADDRESS: Constant<postern_option> = Constant(postern_option {
    flags: POSTERN_OPTION_REQUIRED, type_: POSTERN_OPTION_TEXT, name: text!("address"),
    help: text!("IP address and port of the receiver"), ..OPTION
});
static TIMEOUT: Constant<postern_option> = Constant(postern_option {
    type_: POSTERN_OPTION_DURATION, name: text!("timeout"), default_value: text!("10s"),
    help: text!("how long to wait for a connection or an answer"), minimum: 1, maximum: 3_600_000, ..OPTION
});
static OPTIONS: Constant<[*const postern_option; 3]> = Constant([&ADDRESS.0, &TIMEOUT.0, std::ptr::null()]);

static BATCHING: Constant<postern_batching> = Constant(postern_batching {
    size: std::mem::size_of::<postern_batching>() as u32, flags: 0, events: 500, bytes: 1 << 20, wait_ms: 200, parallel: 0,
});
static SINK: Constant<postern_sink> = Constant(postern_sink {
    size: std::mem::size_of::<postern_sink>() as u32, flags: 0, name: text!("acknowledged"),
    title: text!("lines of JSON over TCP, each acknowledged by its id"), options: &OPTIONS.0 as *const _,
    batching: &BATCHING.0, data: std::ptr::null(), create: Some(create), destroy: Some(destroy), open: Some(open),
    write: Some(write), idle: None, close: Some(close), interrupt: Some(interrupt), probe: None,
});
static SINKS: Constant<[*const postern_sink; 2]> = Constant([&SINK.0, std::ptr::null()]);

#[no_mangle]
#[allow(non_upper_case_globals)]
pub static postern_module_entry: Constant<postern_module> = Constant(postern_module {
    size: std::mem::size_of::<postern_module>() as u32, flags: 0, magic: POSTERN_MODULE_MAGIC,
    abi_major: POSTERN_ABI_MAJOR, abi_minor: POSTERN_ABI_MINOR, needs_minor: 0, name: text!("acknowledged"),
    version: text!("1.0"), license: NOTHING, summary: text!("An example in Rust"), sources: std::ptr::null(),
    sinks: &SINKS.0 as *const _, auths: std::ptr::null(), lookups: std::ptr::null(),
});
