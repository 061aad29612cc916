//! A job's commands as shell scripts, the same on every CI system.
//!
//! A value of the spec (`{{ matrix.python }}`) reaches a script as an environment variable, and [`insert`] writes the
//! reference so that the command sees the value as if its characters stood there, in whatever quotes the command puts
//! it; the shell never reads the value as code. Two places lie beyond that, because there the text is a program for
//! somebody else: a script for a second interpreter (`bash -c '… {{ x }}'`, `eval`, `ssh`), and arithmetic
//! (`$(( {{ x }} ))`), where the shell itself takes a value such as `a[$(…)]` for an expression.
//!
//! What is written for bash and sh is run by the tests with bash and dash. What is written for PowerShell was held
//! against its documentation and grammar, but never executed.

mod insert;
mod items;
mod port;
mod posix;
mod pwsh;
mod retry;
mod service;
mod shell;
mod word;

#[cfg(test)]
mod tests;

pub use self::{
    insert::{insert, Insert, InsertError},
    port::wait_for_port,
    retry::retry,
    service::{docker_run, docker_stop, Container},
    shell::{strict, Shell},
    word::{path_word, quote, word},
};
