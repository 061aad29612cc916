//! `report.json`: the model as it is, for tools and for merging.

use std::io;

use crate::report::Report;

/// Writes the report as JSON that people can read, too; the same report gives the same bytes.
pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, report)?;
    io::Write::write_all(&mut out, b"\n")?;
    io::Write::flush(&mut out)
}
