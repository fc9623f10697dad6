//! How code is laid out: in one line where it fits, and otherwise a line for each part.

/// The most columns of a line that can be broken.
const COLUMNS_MAX: usize = 96;
/// A chain of calls is broken earlier, as it is harder to read.
const CHAIN_COLUMNS_MAX: usize = 60;

/// A piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// What is not broken.
    Text(String),
    /// One after the other, never broken between.
    Row(Vec<Piece>),
    /// Parts with commas between brackets.
    List { open: String, parts: Vec<Piece>, close: &'static str, style: Style },
    /// A value and what is called on it, one after the other.
    Chain { head: String, calls: Vec<Piece> },
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// What a bracket and a part have between them in one line.
    pub(super) margin: &'static str,
    /// What stands after the last part where each has a line.
    pub(super) end: &'static str,
}

impl Style {
    const CODE: Self = Self { margin: "", end: "," };
}

impl Piece {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn list(open: impl Into<String>, parts: Vec<Self>, close: &'static str) -> Self {
        Self::List { open: open.into(), parts, close, style: Style::CODE }
    }

    /// A list as a text. `step` is the white space of one level.
    pub(super) fn lay_out(&self, step: usize) -> String {
        let mut writer = Writer { text: String::new(), line_start: 0, step, level: 0 };
        writer.piece(self);
        writer.text
    }

    /// The columns that it takes in one line.
    fn columns(&self) -> usize {
        let sum = |pieces: &[Self]| pieces.iter().map(Self::columns).sum::<usize>();
        match self {
            Self::Text(text) => text.chars().count(),
            Self::Row(pieces) => sum(pieces),
            Self::List { open, parts, close, style } => {
                let commas = ", ".len() * parts.len().saturating_sub(1);
                open.len() + sum(parts) + commas + close.len() + 2 * style.margin.len()
            }
            Self::Chain { head, calls } => head.len() + sum(calls),
        }
    }

    /// Whether it is kept in one line where there is so much room.
    fn fits(&self, room: usize) -> bool {
        let is_long = matches!(self, Self::Chain { calls, .. } if 2 < calls.len());
        let most = if is_long { CHAIN_COLUMNS_MAX.min(room) } else { room };
        self.columns() <= most
            && match self {
                Self::Text(_) => true,
                Self::Row(parts) | Self::List { parts, .. } => {
                    parts.iter().all(|part| part.fits(room))
                }
                Self::Chain { calls, .. } => calls.iter().all(|call| call.fits(room)),
            }
    }
}

struct Writer {
    text: String,
    line_start: usize,
    step: usize,
    level: usize,
}

impl Writer {
    fn room(&self) -> usize {
        let taken = self.text.get(self.line_start..).unwrap_or_default().chars().count();
        COLUMNS_MAX.saturating_sub(taken)
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.line_start = self.text.len();
        self.text.extend(std::iter::repeat_n(' ', self.step * self.level));
    }

    fn piece(&mut self, piece: &Piece) {
        let is_flat = piece.fits(self.room());
        match piece {
            Piece::Text(text) => self.text.push_str(text),
            Piece::Row(pieces) => pieces.iter().for_each(|piece| self.piece(piece)),
            Piece::List { open, parts, close, style } => {
                self.text.push_str(open);
                if is_flat || parts.is_empty() {
                    self.flat(parts, style.margin);
                } else if let [only @ (Piece::List { .. } | Piece::Row(_))] = parts.as_slice()
                    && style.margin.is_empty()
                {
                    // A list in brackets of its own needs no second pair of lines.
                    self.piece(only);
                } else {
                    self.broken(parts, style.end);
                }
                self.text.push_str(close);
            }
            Piece::Chain { head, calls } => {
                self.text.push_str(head);
                self.level += 1;
                for call in calls {
                    if !is_flat {
                        self.line();
                    }
                    self.piece(call);
                }
                self.level -= 1;
            }
        }
    }

    fn flat(&mut self, parts: &[Piece], margin: &str) {
        let margin = if parts.is_empty() { "" } else { margin };
        self.text.push_str(margin);
        for (index, part) in parts.iter().enumerate() {
            if index != 0 {
                self.text.push_str(", ");
            }
            self.piece(part);
        }
        self.text.push_str(margin);
    }

    fn broken(&mut self, parts: &[Piece], end: &str) {
        self.level += 1;
        for (index, part) in parts.iter().enumerate() {
            self.line();
            self.piece(part);
            self.text.push_str(if index + 1 == parts.len() { end } else { "," });
        }
        self.level -= 1;
        self.line();
    }
}
