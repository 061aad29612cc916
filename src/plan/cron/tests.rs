//! Cron lines against readers written from the documentation of each dialect.

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::select};

use crate::plan::{Coarse, Cron, Quartz};

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

fn cron(text: &str) -> Cron {
    Cron::parse(text).unwrap_or_else(|error| panic!("{text}: {error}; {}", error.help))
}

/// What a field selects for a reader whose `*` spans `low..=high` and whose names count from `low`.
fn read(field: &str, low: u32, high: u32, names: &[&str]) -> BTreeSet<u32> {
    let mut all = BTreeSet::new();
    for item in field.split(',') {
        let (range, step) = item.split_once('/').unwrap_or((item, "1"));
        let value = |text: &str| match names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
            Some(at) => low + at as u32,
            None => text.parse().unwrap(),
        };
        let (first, last) = match range.split_once('-') {
            Some((first, last)) => (value(first), value(last)),
            None if range == "*" => (low, high),
            None => (value(range), value(range)),
        };
        assert!(first <= last && first >= low, "{field}");
        all.extend((first..=last).step_by(step.parse().unwrap()));
    }
    all
}

/// How a reader combines the two day fields.
#[derive(Clone, Copy)]
enum Days {
    /// POSIX: either, unless one is exactly `*`.
    EitherUnlessStar,
    /// Vixie: either, unless one starts with `*`.
    EitherUnlessStarred,
    /// Jenkins, NCrontab.
    Both,
}

struct Reader {
    minute: BTreeSet<u32>,
    hour: BTreeSet<u32>,
    day: BTreeSet<u32>,
    month: BTreeSet<u32>,
    weekday: BTreeSet<u32>,
    either: bool,
}

impl Reader {
    fn posix(text: &str, days: Days) -> Reader {
        let fields: Vec<&str> = text.split(' ').collect();
        let star = |field: &str| match days {
            Days::EitherUnlessStar => field == "*" || field == "*/1",
            Days::EitherUnlessStarred => field.starts_with('*'),
            Days::Both => true,
        };
        Reader {
            minute: read(fields[0], 0, 59, &[]),
            hour: read(fields[1], 0, 23, &[]),
            day: read(fields[2], 1, 31, &[]),
            month: read(fields[3], 1, 12, &MONTHS),
            weekday: read(fields[4], 0, 6, &WEEKDAYS).into_iter().map(|day| day % 7).collect(),
            either: !star(fields[2]) && !star(fields[4]),
        }
    }

    fn quartz(quartz: &Quartz) -> Reader {
        assert_eq!(quartz.seconds, "0");
        assert_eq!([&quartz.day_of_month, &quartz.day_of_week].iter().filter(|it| **it == "?").count(), 1);
        assert!(!quartz.day_of_week.contains('/'), "Quartz ignores steps behind names: {}", quartz.day_of_week);
        let day = quartz.day_of_month.replace('?', "*");
        let weekday = quartz.day_of_week.replace('?', "*");
        Reader {
            minute: read(&quartz.minutes, 0, 59, &[]),
            hour: read(&quartz.hours, 0, 23, &[]),
            day: read(&day, 1, 31, &[]),
            month: read(&quartz.month, 1, 12, &[]),
            weekday: read(&weekday, 1, 7, &WEEKDAYS).into_iter().map(|day| day - 1).collect(),
            either: false,
        }
    }

    fn fires(&self, [minute, hour, day, month, weekday]: [u32; 5]) -> bool {
        let (day, weekday) = (self.day.contains(&day), self.weekday.contains(&weekday));
        self.minute.contains(&minute)
            && self.hour.contains(&hour)
            && self.month.contains(&month)
            && if self.either { day || weekday } else { day && weekday }
    }
}

/// Every date on every weekday at one time that fires and one that may not; every time on a few dates.
fn moments(reader: &Reader) -> Vec<[u32; 5]> {
    let first = |set: &BTreeSet<u32>| *set.first().unwrap();
    let (minute, hour) = (first(&reader.minute), first(&reader.hour));
    let mut all = Vec::new();
    for (month, days) in (1..).zip([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        for day in 1..=days {
            for weekday in 0..7 {
                all.push([minute, hour, day, month, weekday]);
            }
            all.push([(minute + day) % 60, (hour + month) % 24, day, month, day % 7]);
        }
    }
    for at in 0..24 * 60 {
        all.push([at % 60, at / 60, first(&reader.day), first(&reader.month), first(&reader.weekday)]);
    }
    all
}

/// Checks every dialect of the line, minute for minute, against what the line says.
fn check_dialects(text: &str) {
    let cron = cron(text);
    let source = Reader::posix(text, Days::EitherUnlessStar);
    let posix = cron.posix();
    assert!(!posix.contains(|c: char| c.is_ascii_alphabetic()), "{posix}");
    assert!(!posix.rsplit(' ').next().unwrap().contains('7'), "Sunday is 0: {posix}");
    let alternatives = cron.alternatives();
    let texts: Vec<String> = alternatives.iter().map(Cron::posix).collect();
    let union = |days| texts.iter().map(|text| Reader::posix(text, days)).collect::<Vec<Reader>>();
    let dialects = [
        ("posix", vec![Reader::posix(&posix, Days::EitherUnlessStar)]),
        ("vixie", vec![Reader::posix(&posix, Days::EitherUnlessStarred)]),
        ("alternatives, either", union(Days::EitherUnlessStar)),
        ("alternatives, both", union(Days::Both)),
        ("quartz", cron.quartz().iter().map(Reader::quartz).collect()),
    ];
    for moment in moments(&source) {
        let [minute, hour, day, month, weekday] = moment;
        let fires = source.fires(moment);
        assert_eq!(cron.fires(minute, hour, day, month, weekday), fires, "{text} at {moment:?}");
        for (name, readers) in &dialects {
            assert_eq!(readers.iter().any(|it| it.fires(moment)), fires, "{text} as {name} {texts:?} at {moment:?}");
        }
    }
}

#[test]
fn every_dialect_fires_at_the_same_minutes() {
    for text in [
        "* * * * *",
        "17 2 * * 1-5",
        "0 0 * * 5-7",
        "0 0 13 * 5",
        "0 0 1-7 * MON",
        "*/15,7 0-23/6 */2 jan-mar,12 */3",
        "0 0 1-31 * 1",
        "0 0 * * 0-7",
        "0 0 1 * 1-7",
        "0 0 29 2 *",
        "0 0 30 2 Sat",
        "5-10/9 * */31 */12 */7",
    ] {
        check_dialects(text);
    }
}

#[test]
fn lines_in_numbers() {
    let table = [
        ("  05   2 *  * *\t", "5 2 * * *"),
        ("0 0 * JAN-MAR mon,WED-fri", "0 0 * 1-3 1,3-5"),
        ("0 0 * * 7", "0 0 * * 0"),
        ("0 0 * * 5-7", "0 0 * * 0,5,6"),
        ("0 0 * * 1-7/2", "0 0 * * 0,1,3,5"),
        ("0 0 * * 0-7", "0 0 * * 0-6"),
        ("*/15 * * * *", "*/15 * * * *"),
        ("*/1 * */1 * 1", "* * * * 1"),
        ("0 0 */2 * 1", "0 0 1-31/2 * 1"),
        ("0 0 1 * */2", "0 0 1 * 0-6/2"),
        ("3-3 4-9/6 * * *", "3 4 * * *"),
    ];
    for (text, posix) in table {
        assert_eq!(cron(text).posix(), posix, "{text}");
    }
    assert_eq!(cron("  05   2 *  * \tMon\n").text(), "05 2 * * Mon");
}

#[test]
fn a_half_whose_dates_never_come_is_left_out() {
    let alternatives = cron("0 0 30 2 1").alternatives();
    assert_eq!(alternatives.iter().map(Cron::text).collect::<Vec<_>>(), ["0 0 * 2 1"]);
}

#[test]
fn quartz_names_weekdays() {
    let names = |text: &str| cron(text).quartz().iter().map(|it| it.day_of_week.clone()).collect::<Vec<_>>();
    assert_eq!(names("0 0 * * 0"), ["SUN"]);
    assert_eq!(names("0 0 * * 1-5"), ["MON-FRI"]);
    assert_eq!(names("0 0 * * 5-7"), ["SUN,FRI,SAT"]);
    assert_eq!(names("0 0 * * mon-fri/2"), ["MON,WED,FRI"]);
    assert_eq!(names("0 0 1 FEB 6,0"), ["?", "SUN,SAT"]);
    assert_eq!(cron("0 0 1 FEB *").quartz()[0].month, "2");
}

#[test]
fn the_nearest_rhythm() {
    let table = [
        ("* * * * *", Coarse::Daily),
        ("0 4 * * 1-5", Coarse::Daily),
        ("0 4 */2 * *", Coarse::Daily),
        ("0 4 * * 1,3,5", Coarse::Daily),
        ("0 4 * * 1,4", Coarse::Weekly),
        ("0 4 * * 0", Coarse::Weekly),
        ("0 4 1,11,21 * *", Coarse::Weekly),
        ("0 4 1,15 * *", Coarse::Monthly),
        ("0 4 1 * *", Coarse::Monthly),
        ("0 4 1 1 *", Coarse::Monthly),
        ("0 4 * 1 *", Coarse::Weekly),
        ("0 4 1 * 1", Coarse::Weekly),
    ];
    for (text, coarse) in table {
        assert_eq!(cron(text).coarse(), coarse, "{text}");
    }
}

#[test]
fn gaps_cross_hours_and_midnight() {
    let table = [
        ("* * * * *", 1),
        ("*/5 * * * *", 5),
        ("*/7 * * * *", 4),
        ("1,58 * * * *", 3),
        ("1,58 2,4 * * *", 57),
        ("58,59 2,4 * * *", 1),
        ("0 0,22 * * *", 120),
        ("2,58 0,23 * * *", 4),
        ("2,58 0,23 * * 1", 56),
        ("2,58 0,23 * * 6,7", 4),
        ("2,58 0,23 1,31 * *", 4),
        ("2,58 0,23 1,31 2,4 *", 56),
        ("2,58 0,23 1,28 2,3 *", 4),
        ("2,58 0,23 1,29 2,3 *", 4),
        ("2,58 0,23 1,27 2,3 *", 56),
        ("0 4 * * *", 1440),
        ("0 4 1 * *", 1440),
    ];
    for (text, gap) in table {
        assert_eq!(cron(text).smallest_gap_minutes(), gap, "{text}");
    }
}

#[test]
fn faults_name_the_field_and_the_way_out() {
    let table = [
        ("", "empty", "17 2 * * 1-5"),
        ("@daily", "`@daily`", "`0 0 * * *`"),
        ("@Weekly", "`@Weekly`", "`0 0 * * 0`"),
        ("@reboot", "`@reboot`", "minute hour"),
        ("TZ=Europe/Paris 0 2 * * *", "TZ=Europe/Paris", "UTC"),
        ("0 0 2 * * 1", "6 fields", "seconds are not part of it"),
        ("0 2 * *", "4 fields", "minute hour day-of-month month day-of-week"),
        ("60 * * * *", "minute 60 is out of range", "0 to 59"),
        ("* 24 * * *", "hour 24 is out of range", "0 to 23"),
        ("* * 0 * *", "day-of-month 0 is out of range", "1 to 31"),
        ("* * 32 * *", "day-of-month 32 is out of range", "1 to 31"),
        ("* * * 13 *", "month 13 is out of range", "1 to 12"),
        ("* * * * 8", "day-of-week 8 is out of range", "0 to 7"),
        ("99999999999 * * * *", "minute 99999999999 is out of range", "0 to 59"),
        ("* 22-2 * * *", "hour `22-2` runs backwards", "`22-23,0-2`"),
        ("* * * * FRI-SUN", "day-of-week `FRI-SUN` runs backwards", "`5-7`"),
        ("* * * * 7-2", "day-of-week `7-2` runs backwards", "`0-2`"),
        ("* * * DEC-JAN *", "month `DEC-JAN` runs backwards", "`12,1`"),
        ("* 22-2/2 * * *", "hour `22-2/2` runs backwards", "list"),
        ("*/0 * * * *", "minute `*/0` has step 0", "1 to 59"),
        ("*/60 * * * *", "minute `*/60` has step 60", "1 to 59"),
        ("* */x * * *", "hour `*/x`", "1 to 23"),
        ("* */ * * *", "hour `*/`", "1 to 23"),
        ("5/15 * * * *", "minute `5/15`", "`5-59/15`"),
        ("1,,2 * * * *", "minute `1,,2`", "comma"),
        ("*,5 * * * *", "minute `*,5`", "alone"),
        ("1- * * * *", "minute `1-`", "a range"),
        ("-5 * * * *", "minute `-5`", "a range"),
        ("+5 * * * *", "minute `+5`", "a number from 0 to 59"),
        ("1.5 * * * *", "minute `1.5`", "a number from 0 to 59"),
        ("H 2 * * *", "minute `H`", "Jenkins"),
        ("H/15 2 * * *", "minute `H/15`", "Jenkins"),
        ("H(0-29) 2 * * *", "minute `H(0-29)`", "Jenkins"),
        ("0 0 ? * 1", "day-of-month `?`", "`*`"),
        ("0 0 L * *", "day-of-month `L`", "Quartz"),
        ("0 0 L-3 * *", "day-of-month `L-3`", "Quartz"),
        ("0 0 15W * *", "day-of-month `15W`", "Quartz"),
        ("0 0 * * 5L", "day-of-week `5L`", "Quartz"),
        ("0 0 * * 5#3", "day-of-week `5#3`", "Quartz"),
        ("0 0 * * MONDAY", "day-of-week `MONDAY`", "`MON`"),
        ("0 0 * * JAN", "day-of-week `JAN`", "month"),
        ("0 mon * * *", "hour `mon`", "day-of-week"),
        ("0 0 30 2 *", "never fires", "1 to 28"),
        ("0 0 31 4,6,9,11 *", "never fires", "1 to 28"),
        ("ä * * * *", "minute `ä`", "a number"),
    ];
    for (text, message, help) in table {
        let error = Cron::parse(text).expect_err(text);
        assert!(error.message.contains(message), "{text}: {}", error.message);
        assert!(error.help.contains(help), "{text}: {}", error.help);
    }
}

/// A valid field with numbers from `low` to `high`, of which the first few may be named.
fn field(low: u32, high: u32, names: &'static [&'static str]) -> BoxedStrategy<String> {
    let value = move |number: u32| match names.get((number - low) as usize) {
        Some(name) if number.is_multiple_of(2) => name.to_lowercase(),
        _ => number.to_string(),
    };
    let range = move |a: u32, b: u32| format!("{}-{}", value(a.min(b)), value(a.max(b)));
    let item = prop_oneof![
        3 => (low..=high).prop_map(value),
        2 => (low..=high, low..=high).prop_map(move |(a, b)| range(a, b)),
        1 => (low..=high, low..=high, 1..=high).prop_map(move |(a, b, step)| format!("{}/{step}", range(a, b))),
        1 => (2..=high).prop_map(|step| format!("*/{step}")),
    ];
    prop_oneof![
        2 => select(vec!["*".to_owned(), "*/1".to_owned()]),
        3 => item.clone(),
        2 => prop::collection::vec(item, 1..4).prop_map(|items| items.join(",")),
    ]
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_line_fires_alike_in_every_dialect(
        minute in field(0, 59, &[]),
        hour in field(0, 23, &[]),
        day in field(1, 31, &[]),
        month in field(1, 12, &MONTHS),
        weekday in field(0, 7, &WEEKDAYS),
    ) {
        let text = [minute, hour, day, month, weekday].join(" ");
        match Cron::parse(&text) {
            Ok(_) => check_dialects(&text),
            Err(error) => prop_assert!(error.message.contains("never fires"), "{text}: {error}"),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9*/,A-Za-z@?#LWH -]{0,24}") {
        if let Ok(cron) = Cron::parse(&text) {
            prop_assert_eq!(Cron::parse(&cron.posix()).unwrap().posix(), cron.posix());
        }
    }
}
