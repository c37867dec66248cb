//! JSON text with placeholders: `{"keyId":"<uuid>"}`. Knows the placeholders and the random text
//! for each. Knows nothing of events.

use super::rng::Rng;
use super::world::Scene;

const HEX: &[u8] = b"0123456789abcdef";
const DIGITS: &[u8] = b"0123456789";
const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum Piece {
    Text(&'static str),
    Letters(&'static [u8], usize),
    Uuid,
    Scene(&'static str),
    Items,
}

/// A compiled template.
pub(crate) struct Template(Vec<Piece>);

impl Template {
    /// Placeholders: `<hex:N>` `<digits:N>` `<upper:N>` `<alnum:N>` `<base64:N>` `<uuid>` `<items>`
    /// and the names of a [`Scene`]. Any `<` begins a placeholder, so the text has no other.
    pub(crate) fn compile(text: &'static str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let (hole, after) = after.split_once('>').unwrap_or((after, ""));
            pieces.push(Piece::Text(before));
            pieces.push(match hole.split_once(':') {
                Some((kind, n)) => {
                    let alphabet = match kind {
                        "hex" => HEX,
                        "digits" => DIGITS,
                        "upper" => UPPER,
                        "alnum" => ALNUM,
                        "base64" => BASE64,
                        _ => panic!("no such letters: <{hole}>"),
                    };
                    Piece::Letters(alphabet, n.parse().unwrap_or_else(|_| panic!("no such number: <{hole}>")))
                }
                None if hole == "uuid" => Piece::Uuid,
                None if hole == "items" => Piece::Items,
                None => Piece::Scene(hole),
            });
            rest = after;
        }
        pieces.push(Piece::Text(rest));
        Self(pieces)
    }

    /// Writes the text with its placeholders replaced; `items` writes `<items>`.
    pub(crate) fn write_with(
        &self,
        scene: &Scene<'_>,
        rng: &mut Rng,
        out: &mut Vec<u8>,
        mut items: impl FnMut(&mut Rng, &mut Vec<u8>),
    ) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Letters(alphabet, n) => rng.letters(*n, alphabet, out),
                Piece::Uuid => uuid(rng, out),
                Piece::Scene(name) => out.extend_from_slice(scene.get(name).as_bytes()),
                Piece::Items => items(rng, out),
            }
        }
    }

    pub(crate) fn write(&self, scene: &Scene<'_>, rng: &mut Rng, out: &mut Vec<u8>) {
        self.write_with(scene, rng, out, |_, _| {});
    }
}

/// A version 4 UUID in the usual spelling.
fn uuid(rng: &mut Rng, out: &mut Vec<u8>) {
    let at = out.len();
    for (i, n) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if i > 0 {
            out.push(b'-');
        }
        rng.letters(n, HEX, out);
    }
    out[at + 14] = b'4';
    out[at + 19] = b"89ab"[rng.below(4)];
}
