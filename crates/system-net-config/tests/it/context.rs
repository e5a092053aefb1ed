//! NetContext: slots, clocks, and the global context.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use system_net_config::{Configuration, ConnectionManagementEntry, NetContext, Settings};
use system_net_primitives::{Clock, FakeClock};

struct Counter(AtomicU32);
struct Other(Arc<Counter>);

#[test]
fn a_slot_is_made_once_even_by_many_threads() {
    for _ in 0..100 {
        let context = NetContext::new();
        let (made, start) = (AtomicU32::new(0), Barrier::new(4));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    start.wait();
                    let slot = context.slot(|_| {
                        made.fetch_add(1, Ordering::SeqCst);
                        Counter(AtomicU32::new(0))
                    });
                    slot.0.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(made.into_inner(), 1);
        let slot = context
            .clone()
            .slot(|_| -> Counter { unreachable!("made before") });
        assert_eq!(slot.0.load(Ordering::SeqCst), 4);
    }
}

#[test]
fn making_a_slot_may_ask_for_another() {
    let context = NetContext::new();
    let other = context.slot(|context| Other(context.slot(|_| Counter(AtomicU32::new(7)))));
    let inner = context.slot(|_| Counter(AtomicU32::new(0)));
    assert!(Arc::ptr_eq(&other.0, &inner));
}

#[test]
fn a_slot_whose_making_failed_is_made_by_the_next() {
    let context = NetContext::new();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        context.slot(|_| -> Counter { panic!("on purpose") })
    }));
    assert!(panicked.is_err());
    assert_eq!(
        context
            .slot(|_| Counter(AtomicU32::new(3)))
            .0
            .load(Ordering::SeqCst),
        3
    );
}

#[test]
fn contexts_do_not_share() {
    let (a, b) = (NetContext::new(), NetContext::new());
    let slot = |context: &NetContext| context.slot(|_| Counter(AtomicU32::new(0)));
    assert!(Arc::ptr_eq(&slot(&a), &slot(&a.clone())));
    assert!(!Arc::ptr_eq(&slot(&a), &slot(&b)));
}

#[test]
fn the_clock_is_the_one_given() {
    let clock = Arc::new(FakeClock::new());
    let settings = Settings {
        ipv6: false,
        ..Settings::default()
    };
    let context = NetContext::builder()
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .settings(settings)
        .build();
    let start = context.clock().now();
    clock.advance(Duration::from_secs(5));
    assert_eq!(context.clock().now() - start, Duration::from_secs(5));
    assert!(!context.settings().ipv6);
}

#[test]
fn a_context_remembers_what_its_files_said_in_vain() {
    let mut configuration = Configuration::new();
    configuration
        .apply_str("<configuration><other/></configuration>", "f")
        .unwrap();
    let context = NetContext::from_configuration(configuration);
    assert_eq!(context.configuration_warnings().len(), 1);
    assert!(context.configuration_error().is_none());
    assert!(NetContext::new().configuration_warnings().is_empty());
}

/// Runs in the processes that the next test starts; alone it has nothing to look at.
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the global context is what is tested"
)]
fn child_prints_the_global_context() {
    if std::env::var_os("SYSTEM_NET_TEST_CHILD").is_none() {
        return;
    }
    if std::env::var_os("SYSTEM_NET_TEST_SET").is_some() {
        let mut settings = Settings::default();
        let entry = |maxconnection| ConnectionManagementEntry {
            address: "*".to_owned(),
            maxconnection,
        };
        settings.connection_management.push(entry(11));
        assert!(NetContext::with_settings(settings).set_global().is_ok());
    }
    let context = NetContext::global();
    assert!(std::ptr::eq(context, NetContext::global()));
    assert!(NetContext::new().set_global().is_err(), "there is one");
    let limits = &context.settings().connection_management;
    let error = context.configuration_error().map(|error| error.to_string());
    println!(
        "limits {:?}",
        limits
            .iter()
            .map(|entry| entry.maxconnection)
            .collect::<Vec<_>>()
    );
    println!("error {error:?}");
    println!("warnings {}", context.configuration_warnings().len());
}

#[test]
fn the_global_context_is_built_from_the_application_file() {
    let test = std::env::current_exe().unwrap();
    let folder = tempfile::tempdir_in(test.parent().unwrap()).unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let limit = |n: u32| {
        format!(
            "<configuration><appSettings/><system.net><connectionManagement>\
             <add address='*' maxconnection='{n}'/>\
             </connectionManagement></system.net></configuration>"
        )
    };
    // A program of its own folder, so that a file can lie beside it. A copy could not be started
    // while a process that another test starts still has it open for writing.
    let program = folder.path().join("program");
    std::fs::hard_link(&test, &program).unwrap();
    let run = |variable: Option<&std::ffi::OsStr>| {
        let mut command = Command::new(&program);
        command
            .args([
                "--exact",
                "context::child_prints_the_global_context",
                "--nocapture",
            ])
            .env("SYSTEM_NET_TEST_CHILD", "1")
            .env("SYSTEM_NET_MACHINE_CONFIG", "")
            .env_remove("SYSTEM_NET_CONFIG");
        if let Some(variable) = variable {
            command.env("SYSTEM_NET_CONFIG", variable);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().filter(|line| {
            ["limits ", "error ", "warnings "]
                .iter()
                .any(|start| line.starts_with(start))
        });
        lines.collect::<Vec<_>>().join("; ")
    };

    assert_eq!(
        run(None),
        "limits []; error None; warnings 0",
        "no file at all"
    );
    #[cfg(unix)]
    {
        // A link that leads nowhere was meant as a file.
        let link = folder.path().join("program.config");
        std::os::unix::fs::symlink("gone.config", &link).unwrap();
        let output = run(None);
        let why =
            "program.config: cannot be read, a link to `gone.config`: No such file or directory";
        assert!(output.contains(why), "{output}");
        std::fs::remove_file(link).unwrap();
    }
    write("program.config", &limit(5));
    assert_eq!(
        run(None),
        "limits [5]; error None; warnings 1",
        "the file beside the program"
    );
    let named = write("named.config", &limit(7));
    assert_eq!(
        run(Some(named.as_ref())),
        "limits [7]; error None; warnings 1"
    );
    assert_eq!(
        run(Some("".as_ref())),
        "limits []; error None; warnings 0",
        "switched off"
    );
    let broken = write("broken.config", "<configuration>\n  <system.net>");
    let output = run(Some(broken.as_ref()));
    assert!(output.starts_with("limits []; error Some("), "{output}");
    assert!(
        output.contains("broken.config:2:15: element `system.net`: not closed"),
        "{output}"
    );
    // A program that sets its context has no use for the files.
    let output = Command::new(&program)
        .args([
            "--exact",
            "context::child_prints_the_global_context",
            "--nocapture",
        ])
        .env("SYSTEM_NET_TEST_CHILD", "1")
        .env("SYSTEM_NET_TEST_SET", "1")
        .env("SYSTEM_NET_CONFIG", &broken)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("limits [11]\nerror None\n"), "{text}");
    let missing = folder.path().join("missing.config");
    let output = run(Some(missing.as_ref()));
    assert!(
        output.contains("missing.config: cannot be read: No such file or directory"),
        "{output}"
    );
}

#[test]
fn config_machine_file_search() {
    use system_net_config::TargetFramework::{V1_1, V2_0};
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let write = |name: &str, limit: u32| {
        let file = root.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let text = format!(
            "<configuration><system.net><connectionManagement>\
             <add address='machine' maxconnection='{limit}'/>\
             </connectionManagement></system.net></configuration>"
        );
        std::fs::write(&file, text).unwrap();
    };
    let program = std::env::current_exe().unwrap();
    let run = |variable: &std::ffi::OsStr, application: &str| {
        let output = Command::new(&program)
            .args([
                "--exact",
                "context::child_prints_the_global_context",
                "--nocapture",
            ])
            .env("SYSTEM_NET_TEST_CHILD", "1")
            .env("SYSTEM_NET_MACHINE_CONFIG", variable)
            .env("SYSTEM_NET_CONFIG", application)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text
            .lines()
            .filter(|line| line.starts_with("limits ") || line.starts_with("error "));
        lines.collect::<Vec<_>>().join("; ")
    };
    let defaults = "limits []; error None";
    // None there: the defaults. Then each place wins over those before it in this list.
    assert_eq!(Configuration::machine_file_in(root, V2_0), None);
    assert_eq!(run(root.as_ref(), ""), defaults);
    let places = [
        "machine.config",
        "v2.0.50727/machine.config",
        "v2.0.50727/Config/machine.config",
        "v4.0.30319/machine.config",
        "v4.0.30319/Config/machine.config",
    ];
    for (place, limit) in places.iter().zip(3..) {
        write(place, limit);
        assert_eq!(
            Configuration::machine_file_in(root, V2_0),
            Some(root.join(place))
        );
        assert_eq!(
            run(root.as_ref(), ""),
            format!("limits [{limit}]; error None"),
            "{place}"
        );
    }
    // Programs of 1.1 have a folder of their own.
    assert_eq!(
        Configuration::machine_file_in(root, V1_1),
        Some(root.join("machine.config"))
    );
    write("v1.1.4322/machine.config", 9);
    assert_eq!(
        Configuration::machine_file_in(root, V1_1),
        Some(root.join("v1.1.4322/machine.config"))
    );
    // The variable may name a file, which must be there, or none.
    let file = root.join("machine.config");
    assert_eq!(run(file.as_ref(), ""), "limits [3]; error None");
    assert_eq!(run("".as_ref(), ""), defaults);
    let missing = run(root.join("none.config").as_ref(), "");
    assert!(missing.contains("none.config: cannot be read"), "{missing}");
    // The application's file goes over it.
    let application = root.join("app.config");
    write("app.config", 8);
    assert_eq!(
        run(file.as_ref(), application.to_str().unwrap()),
        "limits [8]; error None"
    );
}
