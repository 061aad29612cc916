//! Which brackets and `case` branches are open in a piece of shell code, for the `)` that means something else in each.

/// One open construct that shares its words with the code around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nest {
    /// `( … )` with commands in it.
    Group,
    /// `a=( … )`: words, but no commands.
    Array,
    /// `f()`, `@(a|b)` or a bracket of a regular expression: neither comments nor commands.
    Glob,
    /// `case …`
    Case(Case),
}

/// How far a `case` has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// `case` was read, its subject follows.
    Subject,
    /// `in` follows.
    In,
    /// A pattern or `esac` follows.
    Pattern,
    /// The commands of a branch.
    Branch,
}

/// The words of a piece of code, as far as they decide how the next character reads.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) nest: Vec<Nest>,
    /// Whether a word has begun.
    pub(super) inside: bool,
    /// The text of the word that has begun, as long as it is free of quotes and expansions.
    text: Option<String>,
    /// Whether the next word is a command name, so that reserved words count.
    command: bool,
    /// The word before the current one.
    last: String,
}

/// After these a command follows.
const LEADING: [&str; 11] = ["if", "then", "elif", "else", "while", "until", "do", "!", "{", "time", "coproc"];

impl Words {
    pub(super) fn new() -> Self {
        Words { nest: Vec::new(), inside: false, text: Some(String::new()), command: true, last: String::new() }
    }

    pub(super) fn top(&self) -> Option<Nest> {
        self.nest.last().copied()
    }

    /// A plain character of a word.
    pub(super) fn push(&mut self, c: char) {
        self.inside = true;
        if let Some(text) = &mut self.text {
            text.push(c);
        }
    }

    /// A quote, an expansion or a value as part of a word.
    pub(super) fn opaque(&mut self) {
        self.inside = true;
        self.text = None;
    }

    /// Whether the word before is `=~`, so that this one is a regular expression.
    pub(super) fn regex(&self) -> bool {
        self.last == "=~"
    }

    /// Whether the word that has begun ends with `=`.
    pub(super) fn assigns(&self) -> bool {
        self.text.as_deref().is_some_and(|text| text.ends_with('='))
    }

    /// Whether the word that has begun is one after which a command or `((` follows.
    pub(super) fn leads(&self) -> bool {
        self.text.as_deref().is_some_and(|text| self.command && (LEADING.contains(&text) || text == "for"))
    }

    /// The word is over; reserved words take effect.
    pub(super) fn end_word(&mut self) {
        if !self.inside {
            return;
        }
        self.inside = false;
        let word = self.text.take().unwrap_or_default();
        self.text = Some(String::new());
        let was_command = std::mem::replace(&mut self.command, false);
        match self.top() {
            Some(Nest::Case(Case::Subject)) => self.case(Case::In),
            Some(Nest::Case(Case::In)) if word == "in" => self.case(Case::Pattern),
            Some(Nest::Case(Case::Pattern)) if word == "esac" => {
                self.nest.pop();
            }
            Some(Nest::Case(Case::Branch)) if was_command && word == "esac" => {
                self.nest.pop();
            }
            Some(Nest::Case(Case::Pattern)) => {}
            _ if was_command && word == "case" => self.nest.push(Nest::Case(Case::Subject)),
            _ if was_command && LEADING.contains(&word.as_str()) => self.command = true,
            _ => {}
        }
        self.last = word;
    }

    /// A new command begins.
    pub(super) fn end_command(&mut self) {
        self.end_word();
        self.command = self.top() != Some(Nest::Array);
        self.last.clear();
    }

    /// `;;`, `;&` or `;;&`
    pub(super) fn end_branch(&mut self) {
        self.end_command();
        if self.top() == Some(Nest::Case(Case::Branch)) {
            self.case(Case::Pattern);
        }
    }

    /// Reads `)`; gives back whether it closes something that was opened here.
    pub(super) fn close(&mut self) -> bool {
        if self.top() != Some(Nest::Glob) {
            self.end_word();
        }
        match self.top() {
            Some(Nest::Glob) => {
                self.nest.pop();
            }
            Some(Nest::Array) => {
                self.nest.pop();
                self.opaque();
            }
            Some(Nest::Group) => {
                self.nest.pop();
                self.end_command();
            }
            Some(Nest::Case(Case::Pattern)) => {
                self.case(Case::Branch);
                self.end_command();
            }
            Some(Nest::Case(_)) | None => return false,
        }
        true
    }

    fn case(&mut self, state: Case) {
        if let Some(last) = self.nest.last_mut() {
            *last = Nest::Case(state);
        }
    }
}
