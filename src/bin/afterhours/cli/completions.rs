//! Completion in shells: the scripts that `completions` prints ask the program itself for candidates. Knows the command line;
//! knows nothing of what it does.

use clap_complete::env::{CompleteEnv, Shells};

/// The variable by which a script asks for candidates. Not clap's `COMPLETE`, which another program may have set.
const VARIABLE: &str = "_AFTERHOURS_COMPLETE";

/// The script for a shell.
pub(crate) fn script(shell: clap_complete::Shell) -> anyhow::Result<String> {
    let shells = Shells::builtins();
    let name = shell.to_string();
    let completer =
        shells.completer(&name).ok_or_else(|| anyhow::anyhow!("there is no script for {name}"))?;
    let mut script = Vec::new();
    completer.write_registration(VARIABLE, "afterhours", "afterhours", "afterhours", &mut script)?;
    Ok(String::from_utf8(script)?)
}

/// Answers a script's question, if this run is one. Says whether it was.
pub(crate) fn answer() -> anyhow::Result<bool> {
    if std::env::var_os(VARIABLE).is_none() {
        return Ok(false);
    }
    let folder = std::env::current_dir().ok();
    Ok(CompleteEnv::with_factory(super::command)
        .var(VARIABLE)
        .bin("afterhours")
        .completer("afterhours")
        .try_complete(std::env::args_os(), folder.as_deref())?)
}
