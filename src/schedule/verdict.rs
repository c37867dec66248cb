//! The verdict of a schedule at a moment.

/// Why a moment is inside or outside working hours. The inside reasons come first, in the order of
/// precedence if several apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// In a window of the hours.
    InsideWindow,
    /// In an extra window.
    ExtraWindow,
    /// In someone's on-call time.
    OnCall,
    /// A rule ignores it, whatever the time: known automation. Counts as inside; no schedule gives
    /// it.
    Ignored,
    /// The local day has windows, and the moment is not in any of them.
    OutsideWindow,
    /// No window begins on that local day: a weekend, a shutdown.
    ClosedDay,
    /// A public holiday closed that local day.
    Holiday,
    /// The schedule has no window at all.
    NeverOpen,
}

impl Reason {
    /// Whether the moment is inside working hours.
    #[inline]
    pub const fn is_inside(self) -> bool {
        matches!(self, Self::InsideWindow | Self::ExtraWindow | Self::OnCall | Self::Ignored)
    }

    /// The word written into tags: `outside_window`, `closed_day` and so on.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InsideWindow => "inside_window",
            Self::ExtraWindow => "extra_window",
            Self::OnCall => "on_call",
            Self::Ignored => "ignored",
            Self::OutsideWindow => "outside_window",
            Self::ClosedDay => "closed_day",
            Self::Holiday => "holiday",
            Self::NeverOpen => "never_open",
        }
    }
}

/// The verdict of a schedule at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict<'a> {
    /// Why.
    pub reason: Reason,
    /// The name of the holiday or closed calendar that is the cause, if any.
    pub cause: Option<&'a str>,
}

impl<'a> Verdict<'a> {
    /// Makes a verdict, for tests and for callers that evaluate without a schedule.
    pub const fn new(reason: Reason, cause: Option<&'a str>) -> Self {
        Self { reason, cause }
    }

    /// Whether the moment is inside working hours.
    #[inline]
    pub const fn is_inside(&self) -> bool {
        self.reason.is_inside()
    }
}

/// A verdict with the time it holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span<'a> {
    /// First second, in Unix time.
    pub from: i64,
    /// First second after it.
    pub until: i64,
    /// Applies to every moment of `from..until`.
    pub verdict: Verdict<'a>,
}
