//! `sysnet completions`, and that the help agrees with the options.

use crate::program::run;

#[test]
fn completions_for_every_shell() {
    for (shell, part) in [
        ("bash", "complete -F _sysnet"),
        ("zsh", "#compdef sysnet"),
        ("fish", "complete -c sysnet"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer"),
    ] {
        let text = run(&["completions", shell]).ok().text();
        assert!(text.contains(part), "{shell}: {text}");
        assert!(text.contains("connect-timeout"), "{shell}");
        assert!(
            text.contains("no-iri"),
            "{shell}: options of the verbs of uri"
        );
    }
    assert_eq!(run(&["completions", "no-such-shell"]).code, 2);
}

#[test]
fn help_lists_the_verbs_and_exit_codes() {
    let text = run(&["--help"]).ok().text();
    for part in [
        "tour",
        "get",
        "head",
        "post",
        "put",
        "serve",
        "uri",
        "dns",
        "tcp",
        "udp",
        "Exit codes",
        "60  certificate",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    for verb in ["parse", "resolve", "escape", "unescape", "idn", "builder"] {
        assert!(run(&["help", "uri"]).ok().text().contains(verb), "{verb}");
        let text = run(&["help", "uri", verb]).ok().text();
        assert!(text.contains("--json"), "{verb}: {text}");
    }
    assert!(run(&["--version"]).ok().text().starts_with("sysnet "));
}
