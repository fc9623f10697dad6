//! A target under libFuzzer, which sees what each input reaches and keeps those that reach more.

use std::ffi::{CString, c_char, c_int};
use std::sync::OnceLock;

type Callback = extern "C" fn(*const u8, usize) -> c_int;

#[expect(unsafe_code, reason = "libFuzzer is no Rust; it comes with clang, and fuzz/run links it")]
unsafe extern "C" {
    fn LLVMFuzzerRunDriver(
        count: *mut c_int,
        arguments: *mut *mut *mut c_char,
        run: Callback,
    ) -> c_int;
}

/// What libFuzzer calls: it takes a function and no state.
static RUN: OnceLock<fn(&[u8])> = OnceLock::new();

/// Runs libFuzzer on a target with the arguments in `FUZZ_ARGUMENTS`, blanks between.
pub(crate) fn fuzz(run: fn(&[u8])) {
    assert!(RUN.set(run).is_ok(), "one target at a time: fuzz/run names it");
    let arguments = std::env::var("FUZZ_ARGUMENTS").unwrap_or_default();
    let arguments = std::iter::once("fuzz").chain(arguments.split_whitespace());
    let arguments: Vec<CString> = arguments
        .map(|argument| CString::new(argument).expect("a variable has no zero byte"))
        .collect();
    let mut pointers: Vec<*mut c_char> =
        arguments.iter().map(|argument| argument.as_ptr().cast_mut()).collect();
    pointers.push(std::ptr::null_mut());
    let mut count = c_int::try_from(arguments.len()).expect("there are a few");
    let mut list = pointers.as_mut_ptr();
    #[expect(
        unsafe_code,
        reason = "the pointers are those of a list that ends in null, as main has it"
    )]
    let status = unsafe { LLVMFuzzerRunDriver(&raw mut count, &raw mut list, input) };
    assert_eq!(status, 0, "libFuzzer says what it found");
}

extern "C" fn input(bytes: *const u8, length: usize) -> c_int {
    #[expect(unsafe_code, reason = "libFuzzer gives bytes that it leaves alone until this returns")]
    let bytes = unsafe { std::slice::from_raw_parts(bytes, length) };
    RUN.get().expect("it is set before libFuzzer runs")(bytes);
    0
}
