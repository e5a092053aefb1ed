//! Where each value comes from, and that the values are those of the settings.

use proptest::prelude::*;
use system_net_config::{Configuration, ConfigurationValue, ModuleChange};

const MACHINE: &str = "<configuration>
  <system.net>
    <connectionManagement>
      <add address='*' maxconnection='4' />
      <add address='Old' maxconnection='1' />
    </connectionManagement>
    <defaultProxy><bypasslist>
      <add address='a' /><add address='b' />
    </bypasslist></defaultProxy>
    <settings><servicePointManager expect100Continue='false' useNagleAlgorithm='false'/></settings>
  </system.net>
  <system.diagnostics>
    <sources><source name='System.Net.WebSockets.WebSocket' maxdatasize='16'>
      <listeners><add name='L' type='T' /></listeners>
    </source></sources>
    <switches><add name='System.Net' value='Error'/></switches>
    <trace><listeners><clear/></listeners></trace>
  </system.diagnostics>
  <runtime><AppContextSwitchOverrides value='A=true;B=false'/></runtime>
</configuration>";

const APPLICATION: &str = "<configuration>
  <location path='.'><system.net>
    <connectionManagement>
      <remove address='old'/><add address='new' maxconnection='2' />
      <add address='*' maxconnection='8' />
    </connectionManagement>
    <defaultProxy><bypasslist><add address='a' /></bypasslist></defaultProxy>
    <settings><servicePointManager useNagleAlgorithm='true'/></settings>
    <mailSettings><smtp><network password='s3cret'/></smtp></mailSettings>
  </system.net></location>
  <location path='x'><system.net><settings><ipv6 enabled='false'/></settings></system.net></location>
  <system.diagnostics>
    <sources><source name='System.Net.WebSockets' tracemode='protocolonly'/></sources>
  </system.diagnostics>
  <runtime><AppContextSwitchOverrides value='A=false'/></runtime>
</configuration>";

fn configuration(files: &[(&str, &str)]) -> Configuration {
    let mut configuration = Configuration::new();
    for (text, file) in files {
        configuration.apply_str(text, file).unwrap();
    }
    configuration
}

/// `path/@attribute=value origin`.
fn shown(value: &ConfigurationValue) -> String {
    format!(
        "{}/@{}={} {}",
        value.path(),
        value.attribute().unwrap_or_default(),
        value.value().unwrap_or_default(),
        value.origin()
    )
}

fn set(configuration: &Configuration) -> Vec<String> {
    let values = configuration.values().into_iter();
    let set = values.filter(|value| value.file().is_some());
    set.map(|value| shown(&value)).collect()
}

#[test]
fn each_value_has_its_origin() {
    let merged = configuration(&[(MACHINE, "m"), (APPLICATION, "a")]);
    let source = "system.diagnostics/sources/source[@name=\"System.Net.WebSockets\"]";
    let listener = format!("{source}/listeners/add[@name=\"L\"]");
    let limits = "system.net/connectionManagement/add";
    let manager = "system.net/settings/servicePointManager";
    let switch = "runtime/AppContextSwitchOverrides";
    let trace = "system.diagnostics/trace/listeners";
    let bypass = "system.net/defaultProxy/bypasslist/add";
    assert_eq!(
        set(&merged),
        [
            format!("{switch}[@name=\"B\"]/@value=false m:19:39"),
            format!("{switch}[@name=\"A\"]/@value=false a:15:39"),
            format!("{source}/@maxdatasize=16 m:13:61"),
            format!("{source}/@name=System.Net.WebSockets a:13:22"),
            format!("{source}/@tracemode=protocolonly a:13:51"),
            format!("{listener}/@name=L m:14:23"),
            format!("{listener}/@type=T m:14:32"),
            "system.diagnostics/switches/add[@name=\"System.Net\"]/@name=System.Net m:16:20"
                .to_owned(),
            "system.diagnostics/switches/add[@name=\"System.Net\"]/@value=Error m:16:38".to_owned(),
            format!("{trace}/clear/@= m:17:23"),
            format!("{limits}[@address=\"*\"]/@address=* a:5:12"),
            format!("{limits}[@address=\"*\"]/@maxconnection=8 a:5:24"),
            format!("{limits}[@address=\"new\"]/@address=new a:4:35"),
            format!("{limits}[@address=\"new\"]/@maxconnection=2 a:4:49"),
            format!("{bypass}[@address=\"b\"]/@address=b m:8:31"),
            format!("{bypass}[@address=\"a\"]/@address=a a:7:36"),
            "system.net/mailSettings/smtp/network/@password=s3cret a:9:34".to_owned(),
            format!("{manager}/@expect100Continue=false m:10:36"),
            format!("{manager}/@useNagleAlgorithm=true a:8:36"),
        ]
    );
    assert_eq!(merged.settings().connection_management[0].maxconnection, 8);
    assert!(merged.settings().ipv6);
    let password = merged
        .values()
        .into_iter()
        .find(ConfigurationValue::is_secret);
    let shown = format!("{:?} {merged:?}", password.unwrap());
    assert!(!shown.contains("s3cret"), "{shown}");
}

/// Every attribute of the schema that stands by itself is there without a file, with its default.
#[test]
fn defaults_have_their_origin() {
    let values = Configuration::new().values();
    for row in Configuration::schema() {
        let around = row.element.rsplit_once('/').unwrap_or_default().1;
        if ["add", "remove", "source", "AppContextSwitchOverrides"].contains(&around) {
            continue;
        }
        let same = |value: &&ConfigurationValue| {
            value.path() == row.element && value.attribute() == Some(row.name)
        };
        let [value] = values.iter().filter(same).collect::<Vec<_>>()[..] else {
            panic!("{} {}", row.element, row.name)
        };
        assert_eq!((value.value(), &*value.origin()), (row.default, "default"));
        assert_eq!((value.file(), value.line(), value.column()), (None, 0, 0));
        assert_eq!(value.effect(), row.effect);
    }
}

/// A list as a file says it: entries, what is taken out, and all of it.
fn list(changes: &[(u8, String, u32)], add: impl Fn(&str, u32) -> String, key: &str) -> String {
    let changes = changes.iter().map(|(kind, name, number)| match kind {
        0 => "<clear/>".to_owned(),
        1 | 2 => format!("<remove {key}='{name}'/>"),
        _ => add(name, *number),
    });
    changes.collect::<Vec<_>>().concat()
}

proptest! {
    /// Lists come out as the readers of the settings make them, whatever is added and taken out.
    #[test]
    fn values_are_the_settings(
        files in prop::collection::vec(
            prop::collection::vec((0_u8..12, "[abA*]", 1_u32..9), 0..8), 1..3,
        ),
    ) {
        let mut configuration = Configuration::new();
        for changes in &files {
            let limits = list(
                changes,
                |name, number| format!("<add address='{name}' maxconnection='{number}'/>"),
                "address",
            );
            let bypass = list(
                &changes.iter().filter(|c| c.1 != "*").cloned().collect::<Vec<_>>(),
                |name, _| format!("<add address='{name}'/>"),
                "address",
            );
            let modules = list(
                changes,
                |name, number| format!("<add prefix='{name}' type='{number}'/>"),
                "prefix",
            );
            let levels = list(
                changes,
                |name, number| format!("<add name='{name}' value='{number}'/>"),
                "name",
            );
            let text = format!(
                "<configuration><system.net>\
                 <connectionManagement>{limits}</connectionManagement>\
                 <defaultProxy><bypasslist>{bypass}</bypasslist></defaultProxy>\
                 <webRequestModules>{modules}</webRequestModules></system.net>\
                 <system.diagnostics><switches>{levels}</switches></system.diagnostics>\
                 </configuration>"
            );
            configuration.apply_str(&text, "f").unwrap();
        }
        let settings = configuration.settings();
        let values = configuration.values();
        let of = |path: &str, attribute: &str| -> Vec<String> {
            let values = values.iter().filter(|value| {
                value.path().starts_with(path) && value.attribute() == Some(attribute)
            });
            values.map(|value| value.value().unwrap().to_owned()).collect()
        };
        let limits = &settings.connection_management;
        let counts: Vec<_> = limits.iter().map(|entry| entry.maxconnection.to_string()).collect();
        prop_assert_eq!(of("system.net/connectionManagement/add", "maxconnection"), counts);
        let addresses = of("system.net/connectionManagement/add", "address");
        let same = addresses.iter().zip(limits).all(|(a, b)| a.eq_ignore_ascii_case(&b.address));
        prop_assert!(same, "{addresses:?} {limits:?}");
        prop_assert_eq!(
            &of("system.net/defaultProxy/bypasslist/add", "address"),
            &settings.default_proxy.bypass_list
        );
        let switches = &settings.diagnostics.switches;
        let names: Vec<_> = switches.iter().map(|switch| switch.name.clone()).collect();
        prop_assert_eq!(of("system.diagnostics/switches/add", "name"), names);
        let changes: Vec<_> = values
            .iter()
            .filter(|value| value.path().starts_with("system.net/webRequestModules/"))
            .filter(|value| value.attribute() != Some("type"))
            .map(|value| match value.attribute() {
                None => "Clear".to_owned(),
                Some(_) => value.value().unwrap().to_owned(),
            })
            .collect();
        let expected: Vec<_> = settings
            .web_request_modules
            .iter()
            .map(|change| match change {
                ModuleChange::Clear => "Clear".to_owned(),
                ModuleChange::Add { prefix, .. } | ModuleChange::Remove { prefix } => prefix.clone(),
            })
            .collect();
        prop_assert_eq!(changes, expected);
    }
}
