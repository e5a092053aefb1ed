//! Files that others write too, links, rights, and what is left behind.

use std::fs;
use std::path::Path;
use std::thread;

use system_net_config::{
    Configuration, ConfigurationEditor, ConfigurationError, ConfigurationErrorKind as Kind,
};

const LIMITS: &str = "system.net/connectionManagement/add";

fn add(editor: &mut ConfigurationEditor, address: &str) {
    editor
        .set_entry(LIMITS, ("address", address), &[("maxconnection", "2")])
        .unwrap();
}

#[track_caller]
fn is_refused(outcome: Result<(), ConfigurationError>) {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), Kind::Changed, "{error}");
    let said =
        "app.config: has been changed by another program since it was read, and is left as it is";
    assert!(error.to_string().ends_with(said), "{error}");
    assert!(error.hint().unwrap().starts_with("open the file again"));
}

fn addresses(file: &Path) -> Vec<String> {
    let configuration = Configuration::from_files(None, Some(file)).unwrap();
    let entries = configuration.settings().connection_management.iter();
    entries.map(|entry| entry.address.clone()).collect()
}

/// Nothing but the file is in its folder.
#[track_caller]
fn alone(file: &Path) {
    let names = fs::read_dir(file.parent().unwrap()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names, [file]);
}

#[test]
fn a_change_of_somebody_else_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.config");
    // Whether the file is there at first or not.
    for text in [None, Some("<configuration/>")] {
        let _ = fs::remove_file(&path);
        if let Some(text) = text {
            fs::write(&path, text).unwrap();
        }
        let mut first = ConfigurationEditor::open(&path).unwrap();
        let mut second = ConfigurationEditor::open(&path).unwrap();
        add(&mut first, "first");
        add(&mut second, "second");
        first.save().unwrap();
        is_refused(second.save());
        // By its own name as well.
        is_refused(second.save_as(&path));
        is_refused(second.save_as(folder.path().join(".").join("app.config")));
        assert_eq!(addresses(&path), ["first"]);
        // Whoever saved goes on, and so does a copy of his.
        add(&mut first, "more");
        first.save().unwrap();
        first.save().unwrap();
        let mut copy = first.clone();
        add(&mut copy, "copy");
        copy.save().unwrap();
        is_refused(first.save());
        assert_eq!(addresses(&path), ["first", "more", "copy"]);
        let mut third = ConfigurationEditor::open(&path).unwrap();
        fs::remove_file(&path).unwrap();
        add(&mut third, "third");
        is_refused(third.save());
        assert!(!path.exists());
        // Whoever asks for it by another name gets it.
        third.save_as(folder.path().join("other.config")).unwrap();
        fs::rename(folder.path().join("other.config"), &path).unwrap();
        is_refused(first.save());
        // A text was not read from the file, and is written over whatever is there.
        let text = ConfigurationEditor::from_text("<configuration></configuration>", &path);
        text.unwrap().save().unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "<configuration></configuration>"
        );
        alone(&path);
    }
}

/// A change that is not made is made again with what is there, until it is: none is lost.
#[test]
fn many_editors_lose_no_change() {
    const THREADS: usize = 8;
    const SAVES: usize = 20;
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("app.config");
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for save in 0..SAVES {
                    loop {
                        let mut editor = ConfigurationEditor::open(path).unwrap();
                        add(&mut editor, &format!("a{thread}-{save}"));
                        match editor.save() {
                            Ok(()) => break,
                            Err(error) => assert_eq!(error.kind(), Kind::Changed, "{error}"),
                        }
                    }
                }
            });
        }
    });
    let mut found = addresses(path);
    found.sort();
    let all =
        (0..THREADS).flat_map(|thread| (0..SAVES).map(move |save| format!("a{thread}-{save}")));
    let mut all: Vec<_> = all.collect();
    all.sort();
    assert_eq!(found, all);
    alone(path);
}

/// Those who do not care what was there all succeed, at once.
#[test]
fn saves_at_the_same_time_do_not_stand_in_each_others_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = &folder.path().join("app.config");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(move || {
                for _ in 0..20 {
                    let text = "<configuration><uri/></configuration>";
                    ConfigurationEditor::from_text(text, path)
                        .unwrap()
                        .save()
                        .unwrap();
                }
            });
        }
    });
    alone(path);
}

#[test]
fn what_an_earlier_save_left_behind_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.config");
    let old = folder
        .path()
        .join(format!("app.config.{}.new", std::process::id()));
    fs::write(&old, "half a fi").unwrap();
    let mut editor = ConfigurationEditor::open(&path).unwrap();
    for address in ["a", "b"] {
        add(&mut editor, address);
        editor.save().unwrap();
    }
    assert_eq!(addresses(&path), ["a", "b"]);
    assert_eq!(fs::read_to_string(old).unwrap(), "half a fi");
    // A name that could not be longer.
    let path = folder.path().join("n".repeat(255));
    let mut editor = ConfigurationEditor::open(&path).unwrap();
    add(&mut editor, "a");
    editor.save().unwrap();
    assert_eq!(addresses(&path), ["a"]);
}

#[cfg(unix)]
#[test]
fn rights_and_links_are_kept() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (inner, outer) = (folder.path().join("inner"), folder.path().join("outer"));
    fs::create_dir(&inner).unwrap();
    fs::create_dir(&outer).unwrap();
    let path = inner.join("app.config");
    // A link to a link, one of them relative, to what is not there yet.
    symlink("../inner/app.config", outer.join("near")).unwrap();
    symlink(outer.join("near"), outer.join("far")).unwrap();
    let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
    let mut editor = ConfigurationEditor::open(outer.join("far")).unwrap();
    add(&mut editor, "a");
    editor.save().unwrap();
    assert_eq!(addresses(&path), ["a"]);
    assert_eq!(mode(&path), 0o600, "it may hold a password");
    for rights in [0o644, 0o640, 0o400, 0o666] {
        fs::set_permissions(&path, fs::Permissions::from_mode(rights)).unwrap();
        add(&mut editor, &format!("{rights:o}"));
        editor.save().unwrap();
        assert_eq!(mode(&path), rights);
    }
    for link in ["near", "far"] {
        assert!(outer.join(link).is_symlink());
    }
    assert_eq!(
        fs::read_link(outer.join("near")).unwrap(),
        Path::new("../inner/app.config")
    );
    assert_eq!(addresses(&outer.join("far")).len(), 5);
    alone(&path);
    // Links in a circle lead nowhere.
    symlink(outer.join("b"), outer.join("a")).unwrap();
    symlink(outer.join("a"), outer.join("b")).unwrap();
    let text = ConfigurationEditor::from_text("<configuration/>", outer.join("a")).unwrap();
    assert_eq!(text.save().unwrap_err().kind(), Kind::Io);
    assert!(outer.join("a").is_symlink());
}
