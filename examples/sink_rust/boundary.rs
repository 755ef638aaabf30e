//! Between Rust and the core, which is C: a panic ends here, and what failed becomes a status with words.
use crate::postern::*;
use std::any::Any;
use std::os::raw::c_char;
use std::panic::{catch_unwind, AssertUnwindSafe};

// Without unwinding nothing can be caught: one panic would end Postern.
#[cfg(panic = "abort")]
compile_error!("a module must not be built with -C panic=abort");

/// Why a call did not succeed, in the user's words, and how the core goes on.
pub struct Failure {
    status: postern_status,
    words: String,
}

pub fn failure(status: postern_status, words: impl Into<String>) -> Failure {
    Failure { status, words: words.into() }
}

/// A negative status of the core's is to be handed back as it is.
pub fn check(status: postern_status) -> Result<(), Failure> {
    if status < 0 { Err(failure(status, "")) } else { Ok(()) }
}

/// Runs what may fail or panic.
///
/// # Safety
/// `error` is what the core gave, or null.
pub unsafe fn guarded(error: *mut postern_error, work: impl FnOnce() -> Result<(), Failure>) -> postern_status {
    // What a panic leaves half done is closed and opened again by the core: a broken invariant does not live on.
    let failed = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return POSTERN_OK,
        Ok(Err(failed)) => failed,
        Err(panic) => failure(POSTERN_E_RETRY, words_of_panic(panic)),
    };
    if !error.is_null() && !failed.words.is_empty() {
        copy(&failed.words, &mut (*error).message);
        (*error).code = failed.status;
    }
    failed.status
}

fn words_of_panic(panic: Box<dyn Any + Send>) -> String {
    let words = panic.downcast_ref::<&str>().map(|words| words.to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    if words.is_none() {
        std::mem::forget(panic); // its destructor might panic, too
    }
    format!("panic: {}", words.as_deref().unwrap_or("without words"))
}

/// As a C string, cut between two characters where it does not fit.
fn copy(words: &str, place: &mut [c_char]) {
    let mut size = words.len().min(place.len() - 1);
    while !words.is_char_boundary(size) {
        size -= 1;
    }
    for (to, from) in place.iter_mut().zip(&words.as_bytes()[..size]) {
        *to = *from as c_char;
    }
    place[size] = 0;
}

/// Borrowed: of what a call got, until it returns; of options, as long as the host lives.
///
/// # Safety
/// The text lives as long as the caller says, and is UTF-8 as the header promises.
pub unsafe fn str_of<'a>(text: postern_text) -> &'a str {
    if text.size == 0 { return "" } // its pointer may be null
    std::str::from_utf8_unchecked(std::slice::from_raw_parts(text.data as *const u8, text.size))
}
