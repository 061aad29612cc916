//! One stream of a command, passed through as it comes.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::watch,
    time::timeout,
};

use super::{tail::Tail, Filter};

/// So much is read at once.
const CHUNK: usize = 64 * 1024;

/// A pipe holds at most so much unless an administrator says otherwise: what is read after the end of a command beyond it
/// is from somebody else.
///
/// <https://man7.org/linux/man-pages/man5/proc_sys_fs.5.html> (`pipe-max-size`)
const PIPE: usize = 1 << 20;

/// A pipe that stays empty for so long after the command's end holds nothing of the command.
const EMPTY: Duration = Duration::from_millis(50);

/// Reads to the end of the stream or, once `ended` is true, until the pipe is empty. Says whether what was written ends in
/// the middle of a line.
pub(super) async fn pump(
    mut stream: impl AsyncRead + Unpin,
    sink: impl AsyncWrite + Unpin,
    filter: Filter,
    tail: Arc<Mutex<Tail>>,
    mut ended: watch::Receiver<bool>,
) -> bool {
    let mut pass = Pass { sink: Some(sink), filter, tail, out: Vec::new(), cut: false };
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = tokio::select! {
            biased;
            read = stream.read(&mut chunk) => read,
            // An error is a sender that is gone, which also means the end.
            _ = ended.wait_for(|it| *it) => break,
        };
        match read {
            Ok(0) | Err(_) => return pass.end().await,
            Ok(length) => pass.on(&chunk[..length]).await,
        }
    }
    let mut rest = PIPE;
    while rest > 0 {
        match timeout(EMPTY, stream.read(&mut chunk)).await {
            Ok(Ok(length)) if length > 0 => {
                pass.on(&chunk[..length]).await;
                rest = rest.saturating_sub(length);
            }
            _ => break,
        }
    }
    pass.end().await
}

struct Pass<S> {
    /// `None` once nobody reads any more; the command goes on all the same.
    sink: Option<S>,
    filter: Filter,
    tail: Arc<Mutex<Tail>>,
    out: Vec<u8>,
    /// Whether the last byte did not end a line.
    cut: bool,
}

impl<S: AsyncWrite + Unpin> Pass<S> {
    async fn on(&mut self, bytes: &[u8]) {
        if let Ok(mut tail) = self.tail.lock() {
            tail.push(bytes);
        }
        self.out.clear();
        self.filter.pass(bytes, &mut self.out);
        self.write().await;
    }

    async fn end(&mut self) -> bool {
        self.out.clear();
        self.filter.end(&mut self.out);
        self.write().await;
        self.cut
    }

    async fn write(&mut self) {
        self.cut = self.out.last().map_or(self.cut, |it| *it != b'\n');
        let Some(sink) = &mut self.sink else { return };
        let written = match sink.write_all(&self.out).await {
            Ok(()) => sink.flush().await,
            Err(error) => Err(error),
        };
        if written.is_err() {
            self.sink = None;
        }
    }
}
