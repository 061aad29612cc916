//! One of the five fields of a cron line.

use crate::plan::cron::CronError;

/// Which of the five.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Kind {
    /// The name in POSIX's words.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Kind::Minute => "minute",
            Kind::Hour => "hour",
            Kind::Day => "day-of-month",
            Kind::Month => "month",
            Kind::Weekday => "day-of-week",
        }
    }

    /// The values that `*` stands for, both ends included.
    fn bounds(self) -> (u32, u32) {
        match self {
            Kind::Minute => (0, 59),
            Kind::Hour => (0, 23),
            Kind::Day => (1, 31),
            Kind::Month => (1, 12),
            Kind::Weekday => (0, 6),
        }
    }

    /// The largest number that may be written: Sunday has two.
    fn largest(self) -> u32 {
        match self {
            Kind::Weekday => 7,
            _ => self.bounds().1,
        }
    }

    /// Names of the values from the smallest up, where there are any.
    fn names(self) -> &'static [&'static str] {
        match self {
            Kind::Month => MONTHS,
            Kind::Weekday => WEEKDAYS,
            Kind::Minute | Kind::Hour | Kind::Day => &[],
        }
    }

    /// The forms that the field takes, as help shows them.
    fn forms(self) -> String {
        let (min, _) = self.bounds();
        let names = match self {
            Kind::Month => ", a name from JAN to DEC",
            Kind::Weekday => ", a name from SUN to SAT",
            _ => "",
        };
        format!("write `*`, a number from {min} to {}{names}, a range `a-b`, a step `*/n` or a list", self.largest())
    }
}

/// One element of a field's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Item {
    /// `*` and `*/step`
    Every { step: u32 },
    /// `first`, `first-last` and `first-last/step`; Sunday may be 7.
    Range { first: u32, last: u32, step: u32 },
}

impl Item {
    fn range(self, kind: Kind) -> (u32, u32, u32) {
        match self {
            Item::Every { step } => (kind.bounds().0, kind.bounds().1, step),
            Item::Range { first, last, step } => (first, last, step),
        }
    }

    fn values(self, kind: Kind) -> u64 {
        let (first, last, step) = self.range(kind);
        (first..=last)
            .step_by(step as usize)
            .map(|value| if kind == Kind::Weekday { value % 7 } else { value })
            .fold(0, |values, value| values | 1 << value)
    }

    fn numeric(self, kind: Kind) -> String {
        let (first, last, step) = self.range(kind);
        match self {
            Item::Every { step: 1 } => "*".into(),
            _ if first + step > last => first.to_string(),
            Item::Every { step } => format!("*/{step}"),
            Item::Range { step: 1, .. } => format!("{first}-{last}"),
            Item::Range { .. } => format!("{first}-{last}/{step}"),
        }
    }
}

/// One field, read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Field {
    kind: Kind,
    text: String,
    items: Vec<Item>,
    /// Bit n is set where the field holds n; Sunday is 0.
    values: u64,
}

impl Field {
    /// The field `*`.
    pub(crate) fn any(kind: Kind) -> Field {
        Field::new(kind, "*".into(), vec![Item::Every { step: 1 }])
    }

    fn new(kind: Kind, text: String, items: Vec<Item>) -> Field {
        let values = items.iter().fold(0, |values, item| values | item.values(kind));
        Field { kind, text, items, values }
    }

    /// Reads the text between two blanks of a line.
    pub(crate) fn parse(kind: Kind, text: &str) -> Result<Field, CronError> {
        let items =
            text.split(',').map(|item| parse_item(kind, text, item)).collect::<Result<Vec<Item>, CronError>>()?;
        if items.len() > 1 && items.contains(&Item::Every { step: 1 }) {
            return Err(CronError {
                message: format!("{} `{text}` lists `*` beside other values", kind.title()),
                help: "`*` already holds every value: write it alone, or leave it out of the list".into(),
            });
        }
        Ok(Field::new(kind, text.to_owned(), items))
    }

    /// As it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is `*` (or `*/1`), which POSIX tells apart from a field that lists every value.
    pub(crate) fn is_any(&self) -> bool {
        self.items == [Item::Every { step: 1 }]
    }

    /// Whether it holds the value.
    pub(crate) fn has(&self, value: u32) -> bool {
        value < u64::BITS && self.values >> value & 1 == 1
    }

    /// The values it holds, smallest first.
    pub(crate) fn values(&self) -> impl Iterator<Item = u32> + '_ {
        (0..u64::BITS).filter(|value| self.has(*value))
    }

    /// The same values without a `*` in it.
    pub(crate) fn without_star(&self) -> Field {
        let items = self.items.iter().map(|item| {
            let (first, last, step) = item.range(self.kind);
            Item::Range { first, last, step }
        });
        Field::new(self.kind, self.text.clone(), items.collect())
    }

    /// In numbers alone, Sunday as 0.
    pub(crate) fn numeric(&self) -> String {
        if self.kind == Kind::Weekday && self.items.iter().any(|item| item.range(self.kind).1 == 7) {
            return self.runs(|value| value.to_string());
        }
        let items: Vec<String> = self.items.iter().map(|item| item.numeric(self.kind)).collect();
        items.join(",")
    }

    /// The weekdays by name, without steps: Quartz ignores a step behind a name.
    pub(crate) fn weekday_names(&self) -> String {
        self.runs(|value| WEEKDAYS.get(value as usize).map(|name| (*name).to_owned()).unwrap_or_default())
    }

    /// Single values and, for three and more in a row, ranges.
    fn runs(&self, print: impl Fn(u32) -> String) -> String {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for value in self.values() {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == value => *last = value,
                _ => runs.push((value, value)),
            }
        }
        let texts: Vec<String> = runs
            .into_iter()
            .map(|(first, last)| match last - first {
                0 => print(first),
                1 => format!("{},{}", print(first), print(last)),
                _ => format!("{}-{}", print(first), print(last)),
            })
            .collect();
        texts.join(",")
    }
}

fn parse_item(kind: Kind, field: &str, item: &str) -> Result<Item, CronError> {
    let title = kind.title();
    if item.is_empty() {
        return Err(CronError {
            message: format!("{title} `{field}` has an empty element"),
            help: "write a value between the commas, or drop one comma".into(),
        });
    }
    let (range, step) = match item.split_once('/') {
        Some((range, step)) => (range, Some(parse_step(kind, item, step)?)),
        None => (item, None),
    };
    if range == "*" {
        return Ok(Item::Every { step: step.unwrap_or(1) });
    }
    // `/` behind a single value means "from here on" to some readers and nothing to others.
    let Some((first, last)) = range.split_once('-') else {
        let value = parse_value(kind, item, range)?;
        return match step {
            None => Ok(Item::Range { first: value, last: value, step: 1 }),
            Some(step) => Err(CronError {
                message: format!("{title} `{item}` puts a step behind a single value"),
                help: format!("write the whole range: `{value}-{}/{step}`", kind.bounds().1),
            }),
        };
    };
    let (first, last) = (parse_value(kind, item, first)?, parse_value(kind, item, last)?);
    if first > last {
        return Err(CronError {
            message: format!("{title} `{item}` runs backwards"),
            help: turn_around(kind, first, last, step),
        });
    }
    Ok(Item::Range { first, last, step: step.unwrap_or(1) })
}

fn parse_step(kind: Kind, item: &str, step: &str) -> Result<u32, CronError> {
    let title = kind.title();
    let wrong = |what: String| CronError {
        message: format!("{title} `{item}` {what}"),
        help: format!("a step is a number from 1 to {}", kind.largest()),
    };
    if step.is_empty() || !step.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("has no number behind its `/`".into()));
    }
    match step.parse() {
        Ok(0) => Err(wrong("has step 0, which never moves on".into())),
        Ok(number) if number <= kind.largest() => Ok(number),
        _ => Err(wrong(format!("has step {step}, which is out of range"))),
    }
}

fn parse_value(kind: Kind, item: &str, value: &str) -> Result<u32, CronError> {
    let title = kind.title();
    let (min, max) = (kind.bounds().0, kind.largest());
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return match value.parse() {
            Ok(number) if (min..=max).contains(&number) => Ok(number),
            _ => Err(CronError {
                message: format!("{title} {value} is out of range"),
                help: format!("{title} goes from {min} to {max}"),
            }),
        };
    }
    let word = value.to_ascii_uppercase();
    match kind.names().iter().zip(min..).find(|(name, _)| **name == word) {
        Some((_, number)) => Ok(number),
        None => Err(CronError { message: format!("{title} `{item}` is not cron"), help: foreign(kind, item, &word) }),
    }
}

/// The way out for something that other schedulers know, or nobody.
fn foreign(kind: Kind, item: &str, word: &str) -> String {
    let days = matches!(kind, Kind::Day | Kind::Weekday);
    if let Some(name) = kind.names().iter().find(|name| word.len() > name.len() && word.starts_with(**name)) {
        return format!("names have three letters: `{name}`");
    }
    if let Some(other) = [Kind::Month, Kind::Weekday].iter().find(|other| other.names().contains(&word)) {
        return format!("`{word}` belongs in the field {}; {}", other.title(), kind.forms());
    }
    if item.contains('?') {
        return "`?` is Quartz: write `*`".into();
    }
    if word == "H" || word.starts_with("H(") {
        return "`H` is known to Jenkins alone: choose a number".into();
    }
    if days && item.contains('#') {
        return "`#` is Quartz: schedule every such weekday and let the job look at the date".into();
    }
    if days && (word.starts_with('L') || word.ends_with('L')) {
        return "`L` is Quartz: schedule the days that may be the last and let the job look at the date".into();
    }
    if days && word.ends_with('W') {
        return "`W` is Quartz: schedule the days that may come into question and let the job look at the date".into();
    }
    kind.forms()
}

/// How to write a range that passes the end of its field.
fn turn_around(kind: Kind, first: u32, last: u32, step: Option<u32>) -> String {
    let (min, max) = kind.bounds();
    let span = |from: u32, to: u32| if from == to { from.to_string() } else { format!("{from}-{to}") };
    match step {
        Some(_) => "list the values it should hold".into(),
        None if kind == Kind::Weekday && last == 0 => {
            format!("Sunday at the end of a range is 7: `{}`", span(first, 7))
        }
        None if first > max => format!("Sunday at the start of a range is 0: `{}`", span(min, last)),
        None => format!("write it in two: `{},{}`", span(first, max), span(min, last)),
    }
}
