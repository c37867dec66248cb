//! The GSM 7-bit alphabet, in which a text message holds 160 characters and not 70: what is in it, what stands for the rest,
//! and how many messages a text takes. Pure. 3GPP TS 23.038, section 6.2.1; TS 23.040, section 9.2.3.24.

/// Each is one septet. Line breaks are left out: a notification is one line.
const BASIC: &str = "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ\
                     ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Each is an escape and a septet.
const EXTENDED: &str = "^{}\\[~]|€";
/// What one message holds alone, in septets.
const ALONE: usize = 160;
/// What each of several that belong together holds: the rest says how they belong together.
const TOGETHER: usize = 153;

/// How many septets a character takes; `None` for one that is not in the alphabet.
fn septets(c: char) -> Option<usize> {
    if c.is_ascii_alphanumeric() || BASIC.contains(c) {
        Some(1)
    } else if EXTENDED.contains(c) {
        Some(2)
    } else {
        None
    }
}

/// How many septets a text takes. A character outside the alphabet counts as one: it is never sent.
pub(super) fn length(text: &str) -> usize {
    text.chars().map(|c| septets(c).unwrap_or(1)).sum()
}

/// Whether a text takes no more messages than that, one or two, wherever it is parted: services part it after any character,
/// or only between words (SNS does: <https://docs.aws.amazon.com/sns/latest/dg/sms_publish-to-phone.html>).
pub(super) fn fits(text: &str, segments: usize) -> bool {
    let whole = length(text);
    if whole <= ALONE || segments < 2 {
        return whole <= ALONE;
    }
    // Parted where a word ends, and never inside an escape pair, for a blank is none.
    let mut before = 0;
    text.split_inclusive(' ').any(|word| {
        before += length(word);
        before <= TOGETHER && whole - before <= TOGETHER
    })
}

/// At most so many septets; what was cut is shown by two full stops. Never half an escape pair: the cut is between characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut room = most.saturating_sub(2);
    let fits = |c: &char| match room.checked_sub(septets(*c).unwrap_or(1)) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}..", kept.trim_end())
}

/// The text in the GSM alphabet: letters lose their accents or are written in Latin ones, `?` stands for what has no
/// likeness, and blanks are single.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if septets(c).is_some() => folded.push(c),
            c if c.is_whitespace() || c.is_control() => folded.push(' '),
            c => push_like(&mut folded, c),
        }
    }
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes what stands for a character that is not in the alphabet.
fn push_like(folded: &mut String, c: char) {
    // Capital letters stand for capital letters.
    let like = |folded: &mut String, letters: &str| {
        let mut letters = letters.chars();
        if let Some(first) = letters.next() {
            folded.push(if c.is_uppercase() { first.to_ascii_uppercase() } else { first });
            folded.extend(letters);
        }
    };
    if let Some(letters) = latin(c) {
        return like(folded, letters);
    }
    let small = c.to_lowercase().next().unwrap_or(c);
    if let Some(&(_, letters)) = OTHER_LETTERS.iter().find(|(letter, _)| *letter == small) {
        return like(folded, letters);
    }
    match c {
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{b4}' | '`' => folded.push('\''),
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '«' | '»' => folded.push('"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => folded.push('-'),
        '…' => folded.push_str(".."),
        '·' | '•' => folded.push('.'),
        // ASCII as East Asian keyboards may write it.
        '\u{ff01}'..='\u{ff5e}' => {
            let ascii = u32::from(c) - 0xfee0;
            let ascii = char::from_u32(ascii).unwrap_or('?');
            if septets(ascii).is_some() { folded.push(ascii) } else { folded.push('\'') }
        }
        // Accents that follow their letter, and what is not seen at all.
        '\u{300}'..='\u{36f}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => {
        }
        _ => folded.push('?'),
    }
}

/// The small letters of a Latin letter with an accent: the blocks Latin-1, Latin Extended-A and, for Vietnamese, Latin
/// Extended Additional, in which the letters stand together.
fn latin(c: char) -> Option<&'static str> {
    Some(match c {
        'À'..='Ã' | 'á'..='ã' | '\u{100}'..='\u{105}' | '\u{1ea0}'..='\u{1eb7}' | 'ª' => "a",
        'ç' | '\u{106}'..='\u{10d}' => "c",
        'Ð' | 'ð' | '\u{10e}'..='\u{111}' => "d",
        'È'..='Ë' | 'ê' | 'ë' | '\u{112}'..='\u{11b}' | '\u{1eb8}'..='\u{1ec7}' => "e",
        '\u{11c}'..='\u{123}' => "g",
        '\u{124}'..='\u{127}' => "h",
        'Ì'..='Ï' | 'í'..='ï' | '\u{128}'..='\u{131}' | '\u{1ec8}'..='\u{1ecb}' => "i",
        '\u{132}' | '\u{133}' => "ij",
        '\u{134}' | '\u{135}' => "j",
        '\u{136}'..='\u{138}' => "k",
        '\u{139}'..='\u{142}' => "l",
        '\u{143}'..='\u{14b}' => "n",
        'Ò'..='Õ'
        | 'ó'..='õ'
        | '\u{14c}'..='\u{151}'
        | '\u{1a0}'
        | '\u{1a1}'
        | '\u{1ecc}'..='\u{1ee3}'
        | 'º' => "o",
        '\u{152}' | '\u{153}' => "oe",
        '\u{154}'..='\u{159}' => "r",
        '\u{15a}'..='\u{161}' | '\u{17f}' | '\u{218}' | '\u{219}' => "s",
        '\u{1e9e}' => "ss",
        '\u{162}'..='\u{167}' | '\u{21a}' | '\u{21b}' => "t",
        'Þ' | 'þ' => "th",
        'Ù'..='Û' | 'ú' | 'û' | '\u{168}'..='\u{173}' | '\u{1af}' | '\u{1b0}' | '\u{1ee4}'..='\u{1ef1}' => {
            "u"
        }
        '\u{174}' | '\u{175}' => "w",
        'Ý' | 'ý' | 'ÿ' | '\u{176}'..='\u{178}' | '\u{1ef2}'..='\u{1ef9}' => "y",
        '\u{179}'..='\u{17e}' => "z",
        _ => return None,
    })
}

/// Small letters of other alphabets as people spell them in Latin ones, so that a name stays a name.
#[rustfmt::skip]
const OTHER_LETTERS: &[(char, &str)] = &[
    ('α', "a"), ('ά', "a"), ('β', "v"), ('γ', "g"), ('δ', "d"), ('ε', "e"), ('έ', "e"), ('ζ', "z"), ('η', "i"), ('ή', "i"),
    ('θ', "th"), ('ι', "i"), ('ί', "i"), ('ϊ', "i"), ('ΐ', "i"), ('κ', "k"), ('λ', "l"), ('μ', "m"), ('ν', "n"), ('ξ', "x"),
    ('ο', "o"), ('ό', "o"), ('π', "p"), ('ρ', "r"), ('σ', "s"), ('ς', "s"), ('τ', "t"), ('υ', "y"), ('ύ', "y"), ('ϋ', "y"),
    ('φ', "f"), ('χ', "ch"), ('ψ', "ps"), ('ω', "o"), ('ώ', "o"),
    ('а', "a"), ('б', "b"), ('в', "v"), ('г', "g"), ('д', "d"), ('е', "e"), ('ё', "e"), ('ж', "zh"), ('з', "z"), ('и', "i"),
    ('й', "i"), ('к', "k"), ('л', "l"), ('м', "m"), ('н', "n"), ('о', "o"), ('п', "p"), ('р', "r"), ('с', "s"), ('т', "t"),
    ('у', "u"), ('ф', "f"), ('х', "kh"), ('ц', "ts"), ('ч', "ch"), ('ш', "sh"), ('щ', "shch"), ('ъ', ""), ('ы', "y"),
    ('ь', ""), ('э', "e"), ('ю', "yu"), ('я', "ya"), ('і', "i"), ('ї', "i"), ('є', "ye"), ('ґ', "g"), ('ў', "u"), ('ј', "j"),
    ('љ', "lj"), ('њ', "nj"), ('ћ', "c"), ('ђ', "dj"), ('џ', "dz"),
];

#[cfg(test)]
mod tests;
