//! One function on many things, side by side.

use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        OnceLock,
    },
    thread,
};

/// What `function` makes of each item, in the order of the items, with at most so many threads at it.
///
/// The caller's thread takes part, so that the work is done even where the system gives no other thread.
pub(crate) fn side_by_side<T: Sync, R: Send + Sync>(
    threads: usize,
    items: &[T],
    function: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let results: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let (Some(item), Some(result)) = (items.get(at), results.get(at)) else { break };
        result.get_or_init(|| function(item));
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    results.into_iter().filter_map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_met_once_and_in_order() {
        for (threads, items) in [(0, 3), (1, 3), (4, 0), (4, 1), (4, 4), (4, 1000)] {
            let items: Vec<usize> = (0..items).collect();
            let calls = AtomicUsize::new(0);
            let results = side_by_side(threads, &items, |it| {
                calls.fetch_add(1, Ordering::Relaxed);
                it * 2
            });
            assert!(results.into_iter().eq(items.iter().map(|it| it * 2)), "{threads} threads");
            assert_eq!(calls.into_inner(), items.len());
        }
    }
}
