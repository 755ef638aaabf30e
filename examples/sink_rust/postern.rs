//! postern/module.h in Rust: what a sink needs of it, by hand. The names are the header's, which says what they mean.
//!
//! `abi!` makes of each struct and number both the declaration and what it claims about the header, so that nothing is left out when
//! layout.rs has a C compiler compare them. The parameters of functions it cannot compare: those want a second look.
#![allow(non_camel_case_types, dead_code)]

use std::os::raw::{c_char, c_void};

macro_rules! abi {
    ($(struct $name:ident { $($field:ident: $type:ty,)* })* $(const $constant:ident: $of:ty = $value:expr;)*) => {
        $(#[repr(C)] #[derive(Clone, Copy)] pub struct $name { $(pub $field: $type,)* })*
        $(pub const $constant: $of = $value;)*

        /// The same as assertions in C, for layout.rs.
        pub fn layout() -> Vec<String> {
            let mut claims = Vec::new();
            $({
                let (name, place) = (stringify!($name), std::mem::MaybeUninit::<$name>::uninit());
                let base = place.as_ptr();
                claims.push(format!("sizeof({}) == {}", name, std::mem::size_of::<$name>()));
                $({
                    let field = stringify!($field).trim_end_matches('_'); // "type" is a word of Rust's
                    let offset = unsafe { std::ptr::addr_of!((*base).$field) } as usize - base as usize;
                    claims.push(format!("offsetof({}, {}) == {}", name, field, offset));
                    claims.push(format!("sizeof((({} *)0)->{}) == {}", name, field, std::mem::size_of::<$type>()));
                })*
            })*
            $(claims.push(format!("{} == {}", stringify!($constant), $value));)*
            claims
        }
    };
}

pub type postern_status = i32;
pub type postern_arena = c_void;
type text_of = Option<unsafe extern "C" fn(*const postern_host, *const c_char, *mut postern_text) -> bool>;
type integer_of = Option<unsafe extern "C" fn(*const postern_host, *const c_char, *mut i64) -> bool>;
type account_of = Option<unsafe extern "C" fn()>; // for sources

abi! {
    struct postern_text { data: *const c_char, size: usize, }
    struct postern_pair { name: postern_text, value: postern_text, }
    struct postern_error {
        size: u32, flags: u32, code: postern_status, reserved: u32, retry_after_ms: i64,
        message: [c_char; 480], remedy: [c_char; 320],
    }
    struct postern_option {
        size: u32, flags: u32, type_: u32, reserved: u32, name: *const c_char, default_value: *const c_char,
        help: *const c_char, minimum: i64, maximum: i64, choices: *const *const c_char,
    }
    struct postern_host {
        size: u32, flags: u32, abi_major: u32, abi_minor: u32, version: *const c_char, instance: postern_text,
        data: *const c_void,
        service: Option<unsafe extern "C" fn(*const postern_host, *const c_char) -> *const c_void>,
        allocate: Option<unsafe extern "C" fn(*const postern_host, *mut postern_arena, usize) -> *mut c_void>,
        stopping: Option<unsafe extern "C" fn(*const postern_host) -> bool>,
        option_text: text_of, option_integer: integer_of,
        option_item: Option<unsafe extern "C" fn(*const postern_host, *const c_char, usize, *mut postern_text) -> bool>,
        option_pair: Option<unsafe extern "C" fn(*const postern_host, *const c_char, usize, *mut postern_pair) -> bool>,
        account_text: account_of, account_integer: account_of, account_item: account_of, account_pair: account_of,
    }
    struct postern_call {
        size: u32, flags: u32, attempt: u32, reserved: u32, arena: *mut postern_arena, now_ms: i64, random: u64,
        account: postern_text, account_options: *const c_void, steady_ms: i64,
    }
    struct postern_sink_event {
        size: u32, flags: u32, time_ms: i64, received_ms: i64, id: postern_text, account: postern_text,
        source: postern_text, stream: postern_text, type_: postern_text, text: postern_text,
    }
    struct postern_batch {
        size: u32, flags: u32, attempt: u32, reserved: u32, id: u64, delivery: postern_text,
        events: *const *const postern_sink_event, count: usize, bytes: usize,
    }
    struct postern_result {
        size: u32, flags: u32,
        reject: Option<unsafe extern "C" fn(*mut postern_result, usize, *const c_char) -> postern_status>,
        accept: Option<unsafe extern "C" fn(*mut postern_result, usize) -> postern_status>,
        set_state: Option<unsafe extern "C" fn(*mut postern_result, postern_text, postern_text) -> postern_status>,
    }
    struct postern_batching { size: u32, flags: u32, events: i64, bytes: i64, wait_ms: i64, parallel: i64, }
    struct postern_sink {
        size: u32, flags: u32, name: *const c_char, title: *const c_char, options: *const *const postern_option,
        batching: *const postern_batching, data: *const c_void,
        create: Option<unsafe extern "C" fn(*const postern_host, *mut *mut c_void, *mut postern_error) -> postern_status>,
        destroy: Option<unsafe extern "C" fn(*mut c_void)>,
        open: Option<unsafe extern "C" fn(*mut c_void, *const postern_call, *const postern_pair, usize,
            *mut postern_error) -> postern_status>,
        write: Option<unsafe extern "C" fn(*mut c_void, *const postern_call, *const postern_batch,
            *mut postern_result, *mut postern_error) -> postern_status>,
        idle: Option<unsafe extern "C" fn(*mut c_void, *const postern_call, *mut postern_result,
            *mut postern_error) -> postern_status>,
        close: Option<unsafe extern "C" fn(*mut c_void)>,
        interrupt: Option<unsafe extern "C" fn(*mut c_void)>,
        probe: Option<unsafe extern "C" fn(*mut c_void, *const postern_call, *const c_void,
            *mut postern_error) -> postern_status>,
    }
    struct postern_module {
        size: u32, flags: u32, magic: u32, abi_major: u32, abi_minor: u32, needs_minor: u32, name: *const c_char,
        version: *const c_char, license: *const c_char, summary: *const c_char, sources: *const *const c_void,
        sinks: *const *const postern_sink, auths: *const *const c_void, lookups: *const *const c_void,
    }
    const POSTERN_ABI_MAJOR: u32 = 1;
    const POSTERN_ABI_MINOR: u32 = 3;
    const POSTERN_MODULE_MAGIC: u32 = 0x4e54_5350;
    const POSTERN_OK: postern_status = 0;
    const POSTERN_E_INVALID: postern_status = -1;
    const POSTERN_E_CONFIG: postern_status = -3;
    const POSTERN_E_RETRY: postern_status = -5;
    const POSTERN_E_STOPPED: postern_status = -13;
    const POSTERN_OPTION_TEXT: u32 = 1;
    const POSTERN_OPTION_DURATION: u32 = 4;
    const POSTERN_OPTION_REQUIRED: u32 = 1;
    const POSTERN_EVENT_JSON: u32 = 2;
    const POSTERN_CALL_TEST: u32 = 1;
}

/// Data that a module declares holds pointers to other such data, which never changes: every thread may read it.
#[repr(transparent)]
pub struct Constant<T>(pub T);
unsafe impl<T> Sync for Constant<T> {}
