//! What is sent: options of post and put, and of `get -G`. The order of the options counts, across
//! their kinds.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Args, Command, FromArgMatches, ValueHint};

/// One option with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DataPart {
    /// `-d`: a text, or of a file without its line ends.
    Text(String),
    /// `--data-raw`: a text, whatever it begins with.
    Raw(String),
    /// `--data-binary`: a text or a file as it is.
    Binary(String),
    /// `--data-urlencode`.
    UrlEncoded(String),
    /// `--data-json`.
    Json(String),
}

/// All of them, in their order.
#[derive(Debug, Default)]
pub(crate) struct Data {
    pub(crate) parts: Vec<DataPart>,
}

/// The options: name, value, what makes a part, help.
type Kind = (
    &'static str,
    &'static str,
    fn(String) -> DataPart,
    &'static str,
);

const KINDS: [Kind; 5] = [
    (
        "data",
        "DATA|@FILE|@-",
        DataPart::Text,
        "Data to send; @FILE for a file without its line ends, @- for stdin. Several are joined by &",
    ),
    (
        "data-raw",
        "DATA",
        DataPart::Raw,
        "Data to send; an @ means nothing in it",
    ),
    (
        "data-binary",
        "DATA|@FILE|@-",
        DataPart::Binary,
        "Data to send as it is; @FILE for a file, @- for stdin: both are sent as they are read",
    ),
    (
        "data-urlencode",
        "[NAME]=DATA|[NAME]@FILE",
        DataPart::UrlEncoded,
        "Data to send, escaped for a form, but for the name: DATA, =DATA, NAME=DATA, @FILE, NAME@FILE",
    ),
    (
        "data-json",
        "JSON|@FILE|@-",
        DataPart::Json,
        "JSON to send, and to ask for; @FILE for a file, @- for stdin. curl's --json",
    ),
];

impl Args for Data {
    fn augment_args(command: Command) -> Command {
        let mut command = command;
        for (name, value, _, help) in KINDS {
            let arg = Arg::new(name)
                .long(name)
                .value_name(value)
                .help(help)
                .action(ArgAction::Append);
            command = command.arg(match name {
                "data" => arg.short('d'),
                _ => arg,
            });
        }
        let names = KINDS.map(|(name, ..)| name);
        command.group(ArgGroup::new("any_data").args(names).multiple(true))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Data {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut parts = Vec::new();
        for (name, _, part, _) in KINDS {
            let values = matches.get_many::<String>(name).into_iter().flatten();
            let places = matches.indices_of(name).into_iter().flatten();
            parts.extend(places.zip(values.map(|value| part(value.clone()))));
        }
        parts.sort_by_key(|(place, _)| *place);
        Ok(Self {
            parts: parts.into_iter().map(|(_, part)| part).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Everything a body can be made of.
#[derive(Debug, Default, Args)]
pub(crate) struct Content {
    #[command(flatten)]
    pub(crate) data: Data,
    /// Send a form with files: name=value, name=@file, or name=<file for what a file has as a value;
    /// then ;type=TYPE and ;filename=NAME
    #[arg(short = 'F', value_name = "NAME=VALUE|NAME=@FILE")]
    pub(crate) form_parts: Vec<String>,
    /// Send this file, - for stdin, as it is read; its name is added to an address that ends in /
    #[arg(short = 'T', long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) upload_file: Option<PathBuf>,
    /// Send items as a form, not as JSON
    #[arg(long)]
    pub(crate) form: bool,
}
