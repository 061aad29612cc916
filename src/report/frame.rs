//! The topmost frame of a stack trace that belongs to the project, not to a runtime or a test framework.

use super::mask;

/// Frames further away than this are not looked at.
const MOST_LINES: usize = 400;

/// A frame: what it calls itself, without line numbers, and where it is, to tell whose it is.
struct Frame<'a> {
    shown: String,
    place: &'a str,
}

/// The topmost own frame: `com.acme.Cart.add`, `load (src/cart.ts)`, `test_add (tests/test_cart.py)`. Nothing in it
/// depends on the machine: paths are cut to their last two parts, line numbers and addresses are left out.
pub(super) fn topmost(trace: &str) -> Option<String> {
    let trace = mask::plain(trace);
    let lines: Vec<&str> = trace.lines().take(MOST_LINES).map(|line| mask::cut(line, 1000)).collect();
    // Python prints the innermost frame last, everybody else first.
    let python = lines.iter().rev().find_map(|line| python(line).filter(is_own));
    let frame = python.or_else(|| {
        lines.iter().enumerate().find_map(|(index, line)| {
            let next = lines.get(index + 1).copied().unwrap_or_default();
            frame(line.trim(), next.trim()).filter(is_own)
        })
    });
    frame.map(|it| mask::cut(&without_digits(&it.shown), 200).to_owned())
}

/// A frame in one line, or in two where the place comes in the next.
fn frame<'a>(line: &'a str, next: &'a str) -> Option<Frame<'a>> {
    if let Some(rest) = line.strip_prefix("at ") {
        return called_at(rest);
    }
    None.or_else(|| rust(line, next))
        .or_else(|| go(line, next))
        .or_else(|| php(line))
        .or_else(|| ruby(line))
        .or_else(|| plain(line))
}

/// `at com.acme.Cart.add(Cart.java:12)`, `at load (/src/cart.ts:1:2)`, `at /src/cart.ts:1:2`,
/// `at Acme.Cart.Add(Int32 count) in /src/Cart.cs:line 12`.
fn called_at(rest: &str) -> Option<Frame<'_>> {
    if let Some((call, place)) = rest.split_once(" in ").filter(|(_, place)| place.contains(":line ")) {
        let name = call.split('(').next().unwrap_or(call);
        return Some(Frame { shown: name.to_owned(), place: name }).filter(|_| !place.is_empty());
    }
    let Some((call, place)) = rest.strip_suffix(')').and_then(|it| it.rsplit_once('(')) else {
        let path = position(rest)?;
        return Some(Frame { shown: short(path), place: path });
    };
    if call.ends_with(' ') {
        let path = position(place)?;
        let call = call.trim().trim_start_matches("async ").trim_start_matches("new ");
        return Some(Frame { shown: format!("{call} ({})", short(path)), place: path });
    }
    // Class loaders and modules come first: `app//`, `java.base/`.
    let name = call.rsplit('/').next().unwrap_or(call);
    let generated = name.split("$$").next().unwrap_or(name);
    Some(Frame { shown: generated.to_owned(), place: name }).filter(|_| name.contains('.'))
}

/// `File "/src/cart.py", line 12, in add`, and pytest's `src/cart.py:12: in add` and `src/cart.py:12: ValueError`.
fn python(line: &str) -> Option<Frame<'_>> {
    let line = line.trim();
    if let Some((path, rest)) = line.strip_prefix("File \"").and_then(|it| it.split_once("\", line ")) {
        let name = rest.split_once(" in ").map_or("", |(_, name)| name);
        let shown = if name.is_empty() { short(path) } else { format!("{name} ({})", short(path)) };
        return Some(Frame { shown, place: path });
    }
    let (path, rest) = line.split_once(".py:")?;
    let path = line.get(..path.len() + 3)?;
    let (number, rest) = rest.split_once(':')?;
    if !is_number(number) || path.contains(char::is_whitespace) {
        return None;
    }
    let shown = match rest.trim().strip_prefix("in ") {
        Some(name) => format!("{name} ({})", short(path)),
        None => short(path),
    };
    Some(Frame { shown, place: path })
}

/// `12: acme::cart::add` with `at ./src/cart.rs:1:2` in the next line, and `thread 'x' panicked at src/cart.rs:1:2:`.
fn rust<'a>(line: &'a str, next: &'a str) -> Option<Frame<'a>> {
    if let Some((_, place)) = line.split_once(" panicked at ") {
        let path = position(place.trim_end_matches(':'))?;
        return Some(Frame { shown: short(path), place: path });
    }
    let (number, name) = line.split_once(": ")?;
    if !is_number(number) || !name.contains("::") || name.contains(char::is_whitespace) && !name.starts_with('<') {
        return None;
    }
    let name = name.split_once(" - ").map_or(name, |(_, name)| name);
    let shown = match name.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 => name,
        _ => name,
    };
    let at = next.strip_prefix("at ").unwrap_or_default();
    let foreign = FOREIGN_PATHS.iter().any(|it| slashed(at).contains(it));
    Some(Frame { shown: shown.to_owned(), place: if foreign { at } else { shown } })
}

/// `github.com/acme/cart.Add(0x1, …)` with the file in the next line, and what `go test` says: `cart_test.go:12: …`.
fn go<'a>(line: &'a str, next: &'a str) -> Option<Frame<'a>> {
    if let Some((path, _)) = next.split_once(".go:") {
        let path = next.get(..path.len() + 3)?;
        let name = line.rsplit_once('(').map_or(line, |(name, _)| name).trim_start_matches("created by ");
        let fits = line.ends_with(')') && !name.contains(char::is_whitespace) && name.contains('.');
        if fits {
            let name = name.rsplit('/').next().unwrap_or(name);
            let place = if GO_FOREIGN.iter().any(|it| name.starts_with(it)) { "/go/src/" } else { path };
            return Some(Frame { shown: name.to_owned(), place });
        }
    }
    let (path, rest) = line.trim_start_matches("Error Trace:").trim_start().split_once(".go:")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let ends = rest.get(digits..).is_some_and(|it| it.is_empty() || it.starts_with([':', ' ']));
    let fits = digits > 0 && ends && !path.contains(char::is_whitespace);
    fits.then(|| Frame { shown: short(&format!("{path}.go")), place: path })
}

/// `#0 /src/Cart.php(12): Acme\Cart->add()`.
fn php(line: &str) -> Option<Frame<'_>> {
    let (number, rest) = line.strip_prefix('#')?.split_once(' ')?;
    let (path, call) = rest.split_once("): ")?;
    let (path, line) = path.rsplit_once('(')?;
    if !is_number(number) || !is_number(line) {
        return None;
    }
    let name = call.split('(').next().unwrap_or(call);
    Some(Frame { shown: format!("{name} ({})", short(path)), place: path })
}

/// `/src/cart.rb:12:in 'Cart#add'`, also with the older backtick and with `# ` in front.
fn ruby(line: &str) -> Option<Frame<'_>> {
    let line = line.trim_start_matches("# ").trim_start_matches("from ");
    let (place, name) = line.split_once(":in ")?;
    let (path, number) = place.rsplit_once(':')?;
    if !is_number(number) {
        return None;
    }
    let name = name.trim_start_matches(['`', '\'']).split('\'').next().unwrap_or(name);
    Some(Frame { shown: format!("{name} ({})", short(path)), place: path })
}

/// Nothing but a place: `/src/CartTest.php:12`, `# ./spec/cart_spec.rb:12`, `src/cart.ts:1:2`.
fn plain(line: &str) -> Option<Frame<'_>> {
    let line = line.trim_start_matches("# ").trim_start_matches("❯ ");
    let path = position(line)?;
    let (_, extension) = path.rsplit_once('.')?;
    let code = [
        "php", "rb", "js", "ts", "jsx", "tsx", "mjs", "cjs", "mts", "cts", "rs", "swift", "c", "cc", "cpp", "cxx", "h",
        "hpp",
    ];
    let fits = code.contains(&extension) && !path.contains(char::is_whitespace);
    fits.then(|| Frame { shown: short(path), place: path })
}

/// The path of `path:12` and `path:12:3`.
fn position(text: &str) -> Option<&str> {
    let (path, number) = text.trim().rsplit_once(':')?;
    if !is_number(number) {
        return None;
    }
    match path.rsplit_once(':') {
        Some((path, number)) if is_number(number) => Some(path),
        _ => Some(path),
    }
}

/// The last two parts of a path, which are the same on every machine.
fn short(path: &str) -> String {
    let path = slashed(path);
    let parts: Vec<&str> = path.split('/').filter(|it| !it.is_empty() && *it != ".").collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

fn slashed(path: &str) -> String {
    path.replace('\\', "/")
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

/// Numbers in names are those of lambdas, instances and cases of one test.
fn without_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_ascii_digit() {
            false => out.push(c),
            true if out.ends_with("<n>") => {}
            true => out.push_str("<n>"),
        }
    }
    out
}

fn is_own(frame: &Frame<'_>) -> bool {
    let place = slashed(frame.place);
    !FOREIGN_PATHS.iter().any(|it| place.contains(it))
        && !FOREIGN_NAMES.iter().any(|it| frame.place.starts_with(it) || frame.shown.starts_with(it))
}

/// Parts of paths under which nobody keeps code of their own.
const FOREIGN_PATHS: &[&str] = &[
    "node_modules/",
    "node:",
    "internal/modules/",
    "internal/process/",
    "<anonymous>",
    "site-packages/",
    "dist-packages/",
    "/lib/python",
    "<frozen ",
    "<string>",
    "/unittest/",
    "/rustc/",
    "/rustlib/",
    "/.cargo/registry/",
    "/go/src/",
    "/pkg/mod/",
    "/gems/",
    "/lib/ruby/",
    "<internal:",
    "/vendor/",
];

/// Beginnings of names of runtimes, standard libraries and test frameworks.
const FOREIGN_NAMES: &[&str] = &[
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "groovy.",
    "org.codehaus.groovy.",
    "org.junit.",
    "junit.",
    "org.testng.",
    "org.hamcrest.",
    "org.assertj.",
    "org.mockito.",
    "org.opentest4j.",
    "org.spockframework.",
    "org.gradle.",
    "worker.org.gradle.",
    "org.apache.maven.",
    "org.springframework.",
    "io.kotest.",
    "com.google.common.truth.",
    "net.bytebuddy.",
    "std::",
    "core::",
    "alloc::",
    "test::",
    "<std::",
    "<core::",
    "<alloc::",
    "rust_begin_unwind",
    "__rust",
    "System.",
    "Microsoft.",
    "Xunit.",
    "NUnit.",
    "FluentAssertions.",
    "Shouldly.",
    "Moq.",
];

/// Packages of Go's runtime and of frameworks, by the last part of their path.
const GO_FOREIGN: &[&str] =
    &["runtime.", "testing.", "reflect.", "assert.", "require.", "suite.", "gomega.", "ginkgo.", "panic"];

#[cfg(test)]
mod tests {
    use super::topmost;

    #[test]
    fn the_topmost_own_frame_is_found_in_every_language() {
        let cases = [
            ("java.lang.IllegalStateException: x\n\tat java.base/java.util.Objects.requireNonNull(Objects.java:233)\n\tat app//org.junit.jupiter.api.AssertionUtils.fail(AssertionUtils.java:55)\n\tat app//com.acme.Cart.add(Cart.java:12)\n\tat com.acme.CartTest.adds(CartTest.java:7)", Some("com.acme.Cart.add")),
            ("\tat kotlin.test.AssertionsKt.fail(Assertions.kt:1)\n\tat com.acme.CartTest$adds$1.invokeSuspend(CartTest.kt:9)", Some("com.acme.CartTest$adds$<n>.invokeSuspend")),
            ("Error: x\n    at Object.toBe (/w/node_modules/expect/build/index.js:1:2)\n    at load (/home/me/p/src/cart.ts:10:5)\n    at node:internal/process/task_queues:95:5", Some("load (src/cart.ts)")),
            ("Error: x\n    at async Promise.all (index 0)\n    at file:///home/me/p/src/cart.mjs:10:5", Some("src/cart.mjs")),
            ("Traceback (most recent call last):\n  File \"/w/tests/test_cart.py\", line 3, in test_add\n    cart.add(1)\n  File \"/w/acme/cart.py\", line 9, in add\n    json.loads('')\n  File \"/usr/lib/python3.12/json/__init__.py\", line 346, in loads\n    x\nValueError: y", Some("add (acme/cart.py)")),
            ("tests/test_cart.py:5: in test_add\n    add()\nacme/cart.py:9: in add\n    raise ValueError\nE   ValueError\n\nacme/cart.py:9: ValueError", Some("acme/cart.py")),
            ("thread 'tests::adds' panicked at src/cart.rs:10:5:\nassertion failed", Some("src/cart.rs")),
            ("   0: rust_begin_unwind\n             at /rustc/abc/library/std/src/panicking.rs:1:2\n   1: core::panicking::panic_fmt\n   2: acme::cart::add::h0123456789abcdef\n             at ./src/cart.rs:10:5", Some("acme::cart::add")),
            ("panic: boom\n\ngoroutine 1 [running]:\ntesting.tRunner.func1.2({0x1})\n\t/usr/local/go/src/testing/testing.go:1545 +0x1\ngithub.com/acme/cart.(*Cart).Add(0xc000)\n\t/home/me/cart/cart.go:12 +0x1d", Some("cart.(*Cart).Add")),
            ("    cart_test.go:12: got 1, want 2", Some("cart_test.go")),
            ("        \tError Trace:\t/home/me/cart/cart_test.go:12\n        \tError:      \tNot equal", Some("cart/cart_test.go")),
            ("   at Xunit.Assert.Equal(Int32 a) in /_/src/x.cs:line 1\n   at Acme.Cart.Add(Int32 count) in C:\\w\\Cart.cs:line 12", Some("Acme.Cart.Add")),
            ("/usr/lib/ruby/gems/3.3.0/gems/minitest-5/lib/minitest.rb:1:in 'x'\n/w/lib/cart.rb:12:in 'Cart#add'", Some("Cart#add (lib/cart.rb)")),
            ("#0 /w/vendor/phpunit/phpunit/src/a.php(1): x()\n#1 /w/src/Cart.php(12): Acme\\Cart->add()", Some("Acme\\Cart->add (src/Cart.php)")),
            ("/w/tests/CartTest.php:12", Some("tests/CartTest.php")),
            ("nothing to see: here at all\nat last it failed", None),
            ("", None),
        ];
        for (trace, frame) in cases {
            assert_eq!(topmost(trace).as_deref(), frame, "{trace}");
        }
    }

    #[test]
    fn a_frame_does_not_depend_on_the_machine() {
        let linux = topmost("Error\n    at load (/home/me/p/src/cart.ts:10:5)");
        let windows = topmost("Error\r\n    at load (D:\\a\\p\\src\\cart.ts:99:1)\r\n");
        assert_eq!(linux, windows);
    }
}
