//! From options to the context in which a verb works.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use system_net::{
    Configuration, ConfigurationError, ConfigurationWarningKind, NetContext, Settings,
    TargetFramework, certificates_from_pem, public_key_pin_of, public_key_pins,
    revocation_lists_of,
};

use crate::arguments::{Program, Route, Verb};
use crate::failure::{CA_FILE, CRL_FILE, Failure, PINNED_KEY, USAGE};
use crate::overrides;
use crate::proxy;
use crate::source_line;
use crate::trace::{Form, STDERR, Trace};

/// What the options say that every verb takes.
pub(crate) struct Setup {
    config: Option<PathBuf>,
    trace: Option<Trace>,
    /// Whether `-v` was given.
    pub(crate) verbose: bool,
}

/// The configuration files of a call.
pub(crate) struct Files {
    pub(crate) machine: Option<PathBuf>,
    pub(crate) application: Option<PathBuf>,
}

impl Setup {
    /// The verb to run, which may stand behind `trace`, and what the options say.
    ///
    /// # Errors
    /// If the file of traces cannot be written.
    pub(crate) fn begin(program: Program) -> Result<(Verb, Self), Failure> {
        let (config, file, verbose) = (program.config, program.trace, program.verbose);
        let options = match program.verb {
            Verb::Trace(options) => options,
            verb => {
                let trace = file.as_deref().map(Form::of_option);
                let setup = Self {
                    config,
                    trace: trace.map(Trace::begin).transpose()?,
                    verbose,
                };
                return Ok((verb, setup));
            }
        };
        // Usage errors end here, as those of the program do.
        let call = std::iter::once(OsString::from("sysnet")).chain(options.call);
        let inner = Program::parse_from(call);
        let file = inner.trace.or(file);
        let form = Form {
            hex: options.hex,
            max_data_size: options.max_data,
            json: options.json,
            ..Form::of_option(file.as_deref().unwrap_or_else(|| Path::new(STDERR)))
        };
        let setup = Self {
            config: inner.config.or(config),
            trace: Some(Trace::begin(form)?),
            verbose: inner.verbose || verbose,
        };
        Ok((inner.verb, setup))
    }

    /// The files that count: `--config` stands for the application's.
    pub(crate) fn files(&self) -> Files {
        Files {
            machine: Configuration::machine_file(TargetFramework::default()),
            application: self.config.clone().or_else(Configuration::application_file),
        }
    }

    /// The context of the program, from the files.
    pub(crate) fn context(&self, silent: bool) -> Result<NetContext, Failure> {
        self.context_with(silent, |_| Ok(()))
    }

    /// The context of the program, from the files and what options of the verb change.
    fn context_with(
        &self,
        silent: bool,
        change: impl FnOnce(&mut Settings) -> Result<(), Failure>,
    ) -> Result<NetContext, Failure> {
        let (mut settings, warnings) = self.files().read()?.into_parts();
        // A file for other programs too has sections of theirs; `config check` tells of them.
        let foreign = ConfigurationWarningKind::ForeignSection;
        for warning in warnings.iter().filter(|warning| warning.kind() != foreign) {
            if !silent {
                eprintln!("sysnet: {warning}");
            }
        }
        change(&mut settings)?;
        if let Some(trace) = &self.trace {
            settings.diagnostics = trace.settings();
        }
        let context = NetContext::with_settings(settings);
        if let Some(trace) = &self.trace {
            trace.register(&context);
        }
        // Only the first can be it; a verb asks once.
        let _there_is_one = context.clone().set_global();
        Ok(context)
    }
}

impl Files {
    pub(crate) fn read(&self) -> Result<Configuration, Failure> {
        let (machine, application) = (self.machine.as_deref(), self.application.as_deref());
        Configuration::from_files(machine, application).map_err(|error| broken(&error))
    }
}

/// A file that cannot be read: where and why.
fn broken(error: &ConfigurationError) -> Failure {
    let message = source_line::masked(&error.to_string());
    let mut failure = match std::error::Error::source(error) {
        Some(cause) => Failure::new(USAGE, format_args!("{message}: {cause}")),
        None => Failure::new(USAGE, message),
    };
    let report = Configuration::check_file(error.file());
    failure.excerpt = source_line::lines(&report, error.line(), error.column());
    failure.advice.extend(error.hint());
    let others = report.errors().len().saturating_sub(1);
    if others > 0 {
        let file = error.file().display();
        failure = failure.advise(format!(
            "it is one of {} errors: sysnet config check {file} tells all",
            others + 1
        ));
    }
    failure
}

/// The context of requests, with the trust and the way that the options ask for.
pub(crate) fn of_route(
    setup: &Setup,
    options: &Route,
    silent: bool,
) -> Result<NetContext, Failure> {
    let context = setup.context_with(silent, |settings| {
        settings.tls.accept_any_certificate = options.insecure;
        settings.tls.require_revocation_status |= options.cert_status;
        if let Some(path) = &options.crl_file {
            revoke(settings, path)?;
        }
        if let Some(pins) = &options.pinnedpubkey {
            settings.tls.pinned_public_keys = pinned(pins)?;
        }
        match &options.cacert {
            None => Ok(()),
            Some(path) => trust(settings, path),
        }
    })?;
    proxy::apply(&context, options, silent)?;
    overrides::apply(&context, &options.resolve)?;
    Ok(context)
}

/// Trusts the authorities in this file, and no others.
fn trust(settings: &mut Settings, path: &Path) -> Result<(), Failure> {
    let pem =
        std::fs::read(path).map_err(|error| Failure::file(CA_FILE, path.display(), &error))?;
    let certificates = certificates_from_pem(&pem)
        .map_err(|error| Failure::new(CA_FILE, format_args!("{}: {error}", path.display())))?;
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = certificates.iter().map(|der| der.to_vec()).collect();
    Ok(())
}

/// Counts the revocation lists in this file.
fn revoke(settings: &mut Settings, path: &Path) -> Result<(), Failure> {
    let file =
        std::fs::read(path).map_err(|error| Failure::file(CRL_FILE, path.display(), &error))?;
    let lists = revocation_lists_of(&file)
        .map_err(|error| Failure::new(CRL_FILE, format_args!("{}: {error}", path.display())))?;
    settings.tls.revocation_lists.extend(lists);
    Ok(())
}

/// As curl reads `--pinnedpubkey`: hashes, or else the name of a file.
fn pinned(text: &str) -> Result<Vec<[u8; 32]>, Failure> {
    if text.starts_with("sha256//") {
        return public_key_pins(text)
            .map_err(|error| Failure::usage(format_args!("--pinnedpubkey: {error}")));
    }
    let file = std::fs::read(text).map_err(|error| {
        Failure::file(PINNED_KEY, format_args!("--pinnedpubkey {text}"), &error)
            .advise("a hash begins with sha256//")
    })?;
    let pin = public_key_pin_of(&file).map_err(|error| {
        Failure::new(PINNED_KEY, format_args!("--pinnedpubkey {text}: {error}"))
    })?;
    Ok(vec![pin])
}
