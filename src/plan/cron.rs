//! Cron lines: when a schedule fires, in the dialects that the CI systems read.

mod field;
#[cfg(test)]
mod tests;

use self::field::{Field, Kind};

/// A schedule in the five fields of POSIX cron, in UTC: minute, hour, day-of-month, month, day-of-week.
///
/// POSIX knows `*`, numbers, ranges `a-b` and lists. Steps (`*/n`, `a-b/n`), month names JAN to DEC, weekday names
/// SUN to SAT (in any case) and 7 for Sunday are extensions common to vendors; [`Cron::posix`] turns names and the 7
/// into numbers that every reader takes.
///
/// When neither day field is `*`, a day need match only one of them. POSIX says so of every field other than `*`;
/// readers disagree only about a step over `*`, which is a restriction here. The month must match either way, as in
/// every implementation. [`Cron::alternatives`] is for systems that read it differently.
///
/// Grammar: <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/crontab.html>
///
/// ```
/// use ci_gen::plan::Cron;
/// let nightly = Cron::parse("17 2 * * mon-fri").unwrap();
/// assert!(nightly.fires(17, 2, 31, 12, 5));
/// assert_eq!(nightly.posix(), "17 2 * * 1-5");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cron {
    text: String,
    minute: Field,
    hour: Field,
    day: Field,
    month: Field,
    weekday: Field,
}

/// What [`Cron::parse`] found wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CronError {
    /// What is wrong, and in which field.
    pub message: String,
    /// The way out.
    pub help: String,
}

/// The fields of a Quartz schedule.
///
/// Syntax: <https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html>
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quartz {
    /// Always `0`.
    pub seconds: String,
    /// As in POSIX.
    pub minutes: String,
    /// As in POSIX.
    pub hours: String,
    /// As in POSIX, or `?` where [`Quartz::day_of_week`] decides.
    pub day_of_month: String,
    /// In numbers.
    pub month: String,
    /// By name, since Quartz counts from SUN = 1; `?` where [`Quartz::day_of_month`] decides.
    pub day_of_week: String,
}

/// The rhythms of schedulers that have no cron.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Coarse {
    /// Once a day.
    Daily,
    /// Once a week.
    Weekly,
    /// Once a month.
    Monthly,
}

/// The names for whole lines that some crons know, with the five fields that they stand for.
const NICKNAMES: &[(&str, &str)] = &[
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

const ORDER: &str = "minute hour day-of-month month day-of-week";

const MINUTES_A_DAY: u32 = 24 * 60;

impl Cron {
    /// Reads a line of five fields; blanks around and between them may be of any length.
    ///
    /// # Errors
    /// Everything that is not these five fields, a field that is out of range or runs backwards, what only Quartz or
    /// Jenkins know (`? L W # H`), and dates that never come, such as 30 February.
    pub fn parse(text: &str) -> Result<Cron, CronError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        if let Some(error) = words.first().and_then(|word| not_a_field(word)) {
            return Err(error);
        }
        let [minute, hour, day, month, weekday] = words.as_slice() else {
            return Err(not_five(&words));
        };
        let cron = Cron::new(
            Field::parse(Kind::Minute, minute)?,
            Field::parse(Kind::Hour, hour)?,
            Field::parse(Kind::Day, day)?,
            Field::parse(Kind::Month, month)?,
            Field::parse(Kind::Weekday, weekday)?,
        );
        if cron.is_possible() {
            return Ok(cron);
        }
        Err(CronError {
            message: format!("the schedule never fires: month `{month}` has no day-of-month `{day}`"),
            help: "choose a day that the month has; every month has 1 to 28".into(),
        })
    }

    fn new(minute: Field, hour: Field, day: Field, month: Field, weekday: Field) -> Cron {
        let text = [minute.text(), hour.text(), day.text(), month.text(), weekday.text()].join(" ");
        Cron { text, minute, hour, day, month, weekday }
    }

    /// The line as it was written, with single blanks.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line in numbers, for every reader that keeps to POSIX and knows steps.
    ///
    /// Names become numbers and Sunday becomes 0. A range that ends in 7 becomes a list, and a step over `*` in a day
    /// field becomes a step over the full range where both day fields are restricted, since some readers take
    /// everything that starts with `*` for no restriction.
    ///
    /// ```
    /// use ci_gen::plan::Cron;
    /// assert_eq!(Cron::parse("0 9 * JAN 5-7").unwrap().posix(), "0 9 * 1 0,5,6");
    /// assert_eq!(Cron::parse("0 9 */2 * 1").unwrap().posix(), "0 9 1-31/2 * 1");
    /// ```
    pub fn posix(&self) -> String {
        let (day, weekday) = if self.restricts_both() {
            (self.day.without_star().numeric(), self.weekday.without_star().numeric())
        } else {
            (self.day.numeric(), self.weekday.numeric())
        };
        [self.minute.numeric(), self.hour.numeric(), day, self.month.numeric(), weekday].join(" ")
    }

    /// Whether the schedule fires at that minute (0 to 59) and hour (0 to 23) of that day (1 to 31), month (1 to 12)
    /// and weekday (0 to 6 from Sunday).
    pub fn fires(&self, minute: u32, hour: u32, day: u32, month: u32, weekday: u32) -> bool {
        self.minute.has(minute) && self.hour.has(hour) && self.falls_on(day, month, weekday)
    }

    /// Schedules that restrict at most one day field each and together fire exactly when this one does.
    ///
    /// One, unless both fields are restricted: then one per field, less the one whose dates never come. Readers that
    /// want both day fields to match, or refuse two of them as Quartz does, agree with POSIX about each.
    ///
    /// ```
    /// use ci_gen::plan::Cron;
    /// let both = Cron::parse("0 9 1 * MON").unwrap().alternatives();
    /// let texts: Vec<&str> = both.iter().map(Cron::text).collect();
    /// assert_eq!(texts, ["0 9 1 * *", "0 9 * * MON"]);
    /// ```
    pub fn alternatives(&self) -> Vec<Cron> {
        if !self.restricts_both() {
            return vec![self.clone()];
        }
        let with = |day: Field, weekday: Field| {
            Cron::new(self.minute.clone(), self.hour.clone(), day, self.month.clone(), weekday)
        };
        let by_day = with(self.day.clone(), Field::any(Kind::Weekday));
        let by_weekday = with(Field::any(Kind::Day), self.weekday.clone());
        [by_day, by_weekday].into_iter().filter(Cron::is_possible).collect()
    }

    /// The same for Quartz, one schedule per entry of [`Cron::alternatives`].
    ///
    /// ```
    /// use ci_gen::plan::Cron;
    /// let quartz = Cron::parse("17 2 * * 1-5").unwrap().quartz();
    /// assert_eq!(quartz[0].day_of_month, "?");
    /// assert_eq!(quartz[0].day_of_week, "MON-FRI");
    /// ```
    pub fn quartz(&self) -> Vec<Quartz> {
        self.alternatives()
            .iter()
            .map(|cron| {
                let (day_of_month, day_of_week) = if cron.weekday.is_any() {
                    (cron.day.numeric(), "?".to_owned())
                } else {
                    ("?".to_owned(), cron.weekday.weekday_names())
                };
                Quartz {
                    seconds: "0".to_owned(),
                    minutes: cron.minute.numeric(),
                    hours: cron.hour.numeric(),
                    day_of_month,
                    month: cron.month.numeric(),
                    day_of_week,
                }
            })
            .collect()
    }

    /// The nearest of daily, weekly and monthly, by the days of a year on which the schedule fires.
    ///
    /// ```
    /// use ci_gen::plan::{Coarse, Cron};
    /// assert_eq!(Cron::parse("0 4 * * 1-5").unwrap().coarse(), Coarse::Daily);
    /// assert_eq!(Cron::parse("0 4 1,15 * *").unwrap().coarse(), Coarse::Monthly);
    /// ```
    pub fn coarse(&self) -> Coarse {
        // The borders are the geometric means of 365, 52 and 12 days a year, so "nearest" is by ratio: three days a
        // week are nearer to daily, two are nearer to weekly.
        const DAILY: usize = 138;
        const WEEKLY: usize = 25;
        let days = dates().map(|(day, month)| self.weekdays_on(day, month)).sum::<usize>() / 7;
        match days {
            DAILY.. => Coarse::Daily,
            WEEKLY.. => Coarse::Weekly,
            _ => Coarse::Monthly,
        }
    }

    /// The smallest number of minutes between two firings, at most a day's: longer gaps are all 1440.
    ///
    /// ```
    /// use ci_gen::plan::Cron;
    /// assert_eq!(Cron::parse("*/7 * * * *").unwrap().smallest_gap_minutes(), 4); // from :56 to :00
    /// assert_eq!(Cron::parse("0 4 * * 1").unwrap().smallest_gap_minutes(), 1440);
    /// ```
    pub fn smallest_gap_minutes(&self) -> u32 {
        let times: Vec<u32> =
            self.hour.values().flat_map(|hour| self.minute.values().map(move |minute| hour * 60 + minute)).collect();
        let within = times.windows(2).filter_map(|pair| match pair {
            [before, after] => Some(after - before),
            _ => None,
        });
        let overnight = match (times.first(), times.last()) {
            (Some(first), Some(last)) if self.falls_on_two_days_running() => first + MINUTES_A_DAY - last,
            _ => MINUTES_A_DAY,
        };
        within.chain([overnight]).min().unwrap_or(MINUTES_A_DAY)
    }

    fn restricts_both(&self) -> bool {
        !self.day.is_any() && !self.weekday.is_any()
    }

    fn falls_on(&self, day: u32, month: u32, weekday: u32) -> bool {
        let (by_day, by_weekday) = (self.day.has(day), self.weekday.has(weekday));
        self.month.has(month) && if self.restricts_both() { by_day || by_weekday } else { by_day && by_weekday }
    }

    /// On how many of the seven weekdays the date may fall for the schedule to fire.
    fn weekdays_on(&self, day: u32, month: u32) -> usize {
        (0..7).filter(|weekday| self.falls_on(day, month, *weekday)).count()
    }

    fn is_possible(&self) -> bool {
        dates().any(|(day, month)| self.weekdays_on(day, month) > 0)
    }

    fn falls_on_two_days_running(&self) -> bool {
        dates().any(|(day, month)| {
            let tomorrow = (day < last_day(month)).then_some((day + 1, month));
            // February ends twice: on its 28th in common years.
            let next_month = (day == last_day(month) || (day, month) == (28, 2)).then_some((1, month % 12 + 1));
            [tomorrow, next_month].into_iter().flatten().any(|(next_day, next_month)| {
                (0..7).any(|weekday| {
                    self.falls_on(day, month, weekday) && self.falls_on(next_day, next_month, (weekday + 1) % 7)
                })
            })
        })
    }
}

/// Every date of a leap year. Each falls on each weekday in some year, so day and weekday are independent.
fn dates() -> impl Iterator<Item = (u32, u32)> {
    (1..=12).flat_map(|month| (1..=last_day(month)).map(move |day| (day, month)))
}

fn last_day(month: u32) -> u32 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The complaint about a first word that stands for something else than minutes.
fn not_a_field(word: &str) -> Option<CronError> {
    if word.starts_with('@') {
        let known = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        return Some(CronError {
            message: format!("`{word}` is not one of the five fields of cron"),
            help: match known {
                Some((_, fields)) => format!("write the fields it stands for: `{fields}`"),
                None => format!("write the five fields {ORDER}"),
            },
        });
    }
    word.contains("TZ=").then(|| CronError {
        message: format!("`{word}` is not one of the five fields of cron"),
        help: "schedules are in UTC: leave the time zone out and shift the hour".into(),
    })
}

fn not_five(words: &[&str]) -> CronError {
    let message = match words {
        [] => "the schedule is empty, cron has five fields".to_owned(),
        _ => format!("`{}` has {} fields, cron has five", words.join(" "), words.len()),
    };
    let help = match words.len() {
        6 | 7 => format!("write {ORDER}: seconds are not part of it, nor are years"),
        _ => format!("write {ORDER}, such as `17 2 * * 1-5`"),
    };
    CronError { message, help }
}
