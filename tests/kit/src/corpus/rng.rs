//! A small seeded random generator: the same seed gives the same corpus on every machine. Knows
//! nothing of records. Only for test data.

/// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..n`. The bias of the multiply-shift is below 2^-32 for the small `n` used here.
    pub fn below(&mut self, n: usize) -> usize {
        (((self.next_u64() >> 32) * n as u64) >> 32) as usize
    }

    /// True with probability `p`; never for 0.0, always for 1.0.
    pub fn chance(&mut self, p: f64) -> bool {
        ((self.next_u64() >> 11) as f64) < p * (1u64 << 53) as f64
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    pub fn word(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    /// `n` characters of an alphabet of at most 64.
    pub fn letters(&mut self, n: usize, alphabet: &[u8], out: &mut Vec<u8>) {
        let (mut left, mut word) = (0, 0);
        for _ in 0..n {
            // Eight characters from one number: seven bits each are enough for 64 letters.
            if left == 0 {
                (left, word) = (8, self.next_u64());
            }
            out.push(alphabet[((word & 0x7F) as usize * alphabet.len()) >> 7]);
            word >>= 8;
            left -= 1;
        }
    }
}
