//! The module's door: the exports that the sandbox calls, the imports that the sandbox gives, as far as this world has use for them. The only unsafe code of the world.
//!
//! Invariants: one thread; the sandbox calls nothing while another call runs; `receive` is handed exactly what `alloc` gave,
//! filled, and owns it from then on. Messages are emitted after the pump has done its work, so an import never meets a
//! borrowed pump.

use std::cell::RefCell;

use super::pump::Pump;
use crate::world::message::FromWorld;

/// The version of this door.
const ABI: u32 = 1;
/// The longest message that is let in: a frame and what stands around it.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

#[link(wasm_import_module = "frereth")]
unsafe extern "C" {
    #[link_name = "emit"]
    fn host_emit(ptr: *const u8, len: usize);
    #[link_name = "log"]
    fn host_log(ptr: *const u8, len: usize);
}

thread_local! {
    static PUMP: RefCell<Pump> = RefCell::new(Pump::new());
}

/// Returns the version of the door and says that the world is ready: the sandbox calls it first, once.
#[unsafe(no_mangle)]
pub extern "C" fn abi() -> u32 {
    emit(&FromWorld::Ready.encode());
    ABI
}

/// Returns room for a message of `len` bytes; the null pointer when it is too long.
#[unsafe(no_mangle)]
pub extern "C" fn alloc(len: usize) -> *mut u8 {
    if len > MESSAGE_BYTES_MAX {
        return std::ptr::null_mut();
    }
    Box::into_raw(vec![0_u8; len].into_boxed_slice()).cast()
}

/// Takes one message that stands where [`alloc`] made room for it, and frees it.
///
/// # Safety
/// `ptr` came from [`alloc`] with the same `len`, and is not used again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn receive(ptr: *mut u8, len: usize) {
    if ptr.is_null() {
        return;
    }
    // SAFETY: by the contract above this is the box that `alloc` gave away.
    let message = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(ptr, len)) };
    let outcome = PUMP.with_borrow_mut(|pump| pump.receive(&message));
    match outcome {
        Ok(messages) => messages.iter().for_each(|message| emit(message)),
        Err(_) => log("a message to this world was malformed and is ignored"),
    }
}

fn emit(bytes: &[u8]) {
    // SAFETY: the host reads `len` bytes from `ptr` before it returns, and keeps neither.
    unsafe { host_emit(bytes.as_ptr(), bytes.len()) };
}

fn log(words: &str) {
    // SAFETY: as in `emit`.
    unsafe { host_log(words.as_ptr(), words.len()) };
}
