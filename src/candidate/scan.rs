//! One pass over a block: skips what cannot be part of a candidate, and counts newlines on the way. Written so that the
//! compiler turns it into vector instructions.

/// How many bytes are looked at before it is asked whether anything was in them.
pub(super) const STRETCH: usize = 128;
/// How far the scan looks beyond a byte.
pub(super) const AHEAD: usize = 2;

/// How many bytes at the front hold neither `l?L`, as in the middle of `ConsoleLogin`, nor `\u`, and how many newlines are
/// among them. A multiple of [`STRETCH`]; the last [`STRETCH`] + [`AHEAD`] bytes may be left over.
///
/// Of all pairs of letters of the name, `l` and `L` meet least often in CloudTrail: in one of 2,000 stretches of 32 bytes.
pub(super) fn plain(bytes: &[u8]) -> (usize, u64) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code)]
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { plain_avx2(bytes) };
    }
    plain_anywhere(bytes)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn plain_avx2(bytes: &[u8]) -> (usize, u64) {
    plain_anywhere(bytes)
}

#[inline(always)]
fn plain_anywhere(bytes: &[u8]) -> (usize, u64) {
    let mut at = 0;
    let mut newlines = 0;
    while let Some(window) = bytes.get(at..).and_then(|rest| rest.first_chunk::<{ STRETCH + AHEAD }>()) {
        let mut hit = 0_u8;
        let mut newlines_here = 0_u8;
        for i in 0..STRETCH {
            let name = u8::from(window[i] == b'l') & u8::from(window[i + 2] == b'L');
            let escape = u8::from(window[i] == b'\\') & u8::from(window[i + 1] == b'u');
            hit |= name | escape;
            newlines_here += u8::from(window[i] == b'\n');
        }
        if hit != 0 {
            break;
        }
        newlines += u64::from(newlines_here);
        at += STRETCH;
    }
    (at, newlines)
}
