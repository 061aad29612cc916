//! Output of a command on a console of Windows, which takes text alone and refuses all other bytes.

use std::{
    io::{self, IsTerminal},
    pin::Pin,
    task::{ready, Context, Poll},
};

use tokio::io::AsyncWrite;

/// The sink for what a command writes to one of our streams: as it is, but on a console of Windows as text, with a sign
/// for every byte that belongs to none. Programs write there in the code page of their country.
pub fn console(sink: impl AsyncWrite + Send + Unpin + 'static, stream: &impl IsTerminal) -> Sink {
    match cfg!(windows) && stream.is_terminal() {
        true => Box::new(Text { sink, ready: Vec::new(), kept: Vec::new() }),
        false => Box::new(sink),
    }
}

/// Where output goes.
pub type Sink = Box<dyn AsyncWrite + Send + Unpin>;

/// Passes on text. The last character may be incomplete for ever, and is left out then.
struct Text<W> {
    sink: W,
    /// Text that the sink has not taken yet.
    ready: Vec<u8>,
    /// The beginning of a character.
    kept: Vec<u8>,
}

impl<W: AsyncWrite + Unpin> Text<W> {
    fn take(&mut self, bytes: &[u8]) {
        self.kept.extend(bytes);
        let length = match std::str::from_utf8(&self.kept) {
            Ok(text) => text.len(),
            // Only in the last characters anything can be missing.
            Err(_) => self.kept.len() - incomplete(&self.kept),
        };
        self.ready.extend(String::from_utf8_lossy(&self.kept[..length]).as_bytes());
        self.kept.drain(..length);
    }

    fn drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.ready.is_empty() {
            let length = ready!(Pin::new(&mut self.sink).poll_write(context, &self.ready))?;
            if length == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.ready.drain(..length);
        }
        Poll::Ready(Ok(()))
    }
}

/// How many bytes at the end begin a character that is not complete.
fn incomplete(bytes: &[u8]) -> usize {
    // A character has four bytes at most, so that three may wait for the last one.
    let begins = |length: &usize| {
        let rest = &bytes[bytes.len() - length..];
        std::str::from_utf8(rest).is_err_and(|it| it.valid_up_to() == 0 && it.error_len().is_none())
    };
    (1..=bytes.len().min(3)).rev().find(begins).unwrap_or(0)
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Text<W> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.drain(context))?;
        self.take(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(context))?;
        Pin::new(&mut self.sink).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(context))?;
        Pin::new(&mut self.sink).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    fn shown(chunks: &[&[u8]]) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut text = Text { sink: Vec::new(), ready: Vec::new(), kept: Vec::new() };
        runtime.block_on(async {
            for chunk in chunks {
                text.write_all(chunk).await.unwrap();
                text.flush().await.unwrap();
            }
        });
        String::from_utf8(text.sink).unwrap()
    }

    #[test]
    fn what_is_no_text_is_shown_as_such_and_all_else_stays() {
        assert_eq!(shown(&[b"\xe4\xf6 a\n", b"b"]), "\u{fffd}\u{fffd} a\nb");
        assert_eq!(shown(&["ä€😀\0\x1b[31m".as_bytes()]), "ä€😀\0\x1b[31m");
        assert_eq!(shown(&[b"\xe2\x82", b"x"]), "\u{fffd}x");
        assert_eq!(shown(&[b"end \xe2\x82"]), "end ");
    }

    #[test]
    fn a_character_may_come_in_pieces() {
        let bytes = "aä€😀".as_bytes();
        for at in 0..bytes.len() {
            assert_eq!(shown(&[&bytes[..at], &bytes[at..]]), "aä€😀", "{at}");
        }
        let each: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(shown(&each), "aä€😀");
    }
}
