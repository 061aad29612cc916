//! A clock that runs faster than the world's, so that waits are real and short.

use std::{
    future::Future,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant, SystemTime},
};

use ci_gen::net::Clock;

/// So many times as fast.
const FACTOR: u32 = 20;

/// A fast clock; what it calls chance depends on a seed alone.
pub struct Fast {
    start: (Instant, SystemTime),
    seed: AtomicU64,
}

impl Fast {
    pub fn new(seed: u64) -> Self {
        Fast { start: (Instant::now(), SystemTime::now()), seed: AtomicU64::new(seed) }
    }
}

impl Clock for Fast {
    fn now(&self) -> SystemTime {
        self.start.1 + self.start.0.elapsed() * FACTOR
    }

    fn sleep(&self, time: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(time / FACTOR))
    }

    fn chance(&self) -> f64 {
        // A linear congruential generator: good enough for jitter.
        let next = |it: u64| it.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let before = self.seed.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| Some(next(it)));
        (before.unwrap_or_default() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
