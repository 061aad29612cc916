//! Diagnostics as people read them: the source line, a mark under the fault, the way out.

use annotate_snippets::{renderer::DecorStyle, AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Diagnostic, Severity, Source};

/// Renders every diagnostic with its source line; ends with a newline unless there is none.
///
/// `color` adds ANSI colours.
pub fn to_text(diagnostics: &[Diagnostic], source: &Source, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&one(diagnostic, source, &renderer));
        out.push_str("\n\n");
    }
    out
}

/// `2 errors and 1 warning in ci-gen.toml`; empty when there is nothing to count.
pub fn summary(diagnostics: &[Diagnostic], source: &Source) -> String {
    let count = |severity| diagnostics.iter().filter(|it| it.severity == severity).count();
    let parts: Vec<String> = [(count(Severity::Error), "error"), (count(Severity::Warning), "warning")]
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, word)| if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") })
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!("{} in {}", parts.join(" and "), source.name)
}

fn one(diagnostic: &Diagnostic, source: &Source, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = match diagnostic.system {
        Some(system) => format!("{system}: {}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let title = level.primary_title(message).id(diagnostic.code);
    let mut group = match &diagnostic.span {
        Some(span) => title.element(
            Snippet::source(source.text.as_str())
                .path(source.name.as_str())
                .annotation(AnnotationKind::Primary.span(clamp(span.clone(), &source.text))),
        ),
        None => Group::with_title(title),
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// Spans stay inside the text and on character boundaries, whatever a parser reported.
fn clamp(span: std::ops::Range<usize>, text: &str) -> std::ops::Range<usize> {
    let fit = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = fit(span.start);
    start..fit(span.end).max(start)
}
