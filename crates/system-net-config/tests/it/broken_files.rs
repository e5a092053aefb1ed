//! Files that are broken in the ways people break them: where each error is said to be, in which
//! words, and what is said to do about it.

use system_net_config::Configuration;

/// The only error of a file: `line:column: what` and, behind `=`, what to do.
#[track_caller]
fn check(text: &str, expected: &str, to_do: &str) {
    let report = Configuration::check_bytes(text.as_bytes(), "f");
    let [error] = report.errors() else {
        panic!("{text}: {:?}", report.errors())
    };
    let told = error.to_string();
    assert_eq!(told, format!("f:{expected}"), "{text}");
    assert_eq!(error.hint().unwrap_or_default(), to_do, "{text}");
    // There is such a place, or the one behind the end of the line.
    let line = report.line(error.line()).unwrap();
    let column = usize::try_from(error.column()).unwrap();
    assert!((1..=line.chars().count() + 1).contains(&column), "{told}");
}

/// What stands within `<system.net>`, in line 2.
fn net(inner: &str) -> String {
    format!("<configuration><system.net>\n{inner}\n</system.net></configuration>")
}

const CUT_OFF: &str = "the file may have been cut off";
const FORGOTTEN: &str = "the file may have been cut off, or the end tag was forgotten";
const IN_ORDER: &str = "elements end in the reverse of the order they begin in";
const ROOT: &str =
    "put everything into <configuration> … </configuration>, of which a file has one";
const QUOTES: &str = "as in name=\"value\"";
const BOOLEAN: &str = "as in enabled=\"false\"; without the attribute true holds";

#[test]
fn elements_that_are_not_well_formed() {
    check(
        "<configuration>\n<system.net>\n<settings>\n</system.net>\n</settings></configuration>",
        "4:1: expected `</settings>`, found `</system.net>`; `settings` begins in line 3",
        IN_ORDER,
    );
    check(
        "<configuration>\n</configuration>\n</configuration>",
        "3:1: `</configuration>` ends no element that has begun",
        IN_ORDER,
    );
    check(
        "<configuration>\n  <system.net>\n",
        "3:1: element `system.net`: not closed; opened in line 2",
        FORGOTTEN,
    );
    check(
        "<configuration>\n  <ipv6 ena",
        "2:3: the tag that begins here has no end, `>`",
        CUT_OFF,
    );
    check(
        "<configuration>\n  < system.net/>\n</configuration>",
        "2:3: expected the name of an element behind `<`",
        "write &lt; for it",
    );
    check(
        "<configuration/>\n<configuration/>",
        "2:1: element `configuration`: a second outermost element; expected the end of the file",
        "",
    );
    check(
        "<configuraton/>",
        "1:1: element `configuraton`: expected `configuration` as the outermost element",
        ROOT,
    );
    check(
        "<c:configuration xmlns:c='urn:x'/>",
        "1:1: element `c:configuration`: expected `configuration` as the outermost element",
        ROOT,
    );
    for (text, place) in [("", "1:1"), (" \n\n", "3:1"), ("<!-- none -->", "1:14")] {
        check(
            text,
            &format!("{place}: expected `<configuration>`, and there is no element"),
            ROOT,
        );
    }
    for text in ["hello", "{ \"configuration\": {} }", "[system.net]"] {
        check(
            text,
            "1:1: expected `<configuration>`, found other text",
            ROOT,
        );
    }
    check(
        "<configuration/>\nmore",
        "2:1: text outside of the outermost element",
        ROOT,
    );
}

#[test]
fn what_is_no_element_and_not_well_formed() {
    check(
        "\n<?xml version='1.0'?>\n<configuration/>",
        "2:1: the XML declaration is not at the start of the file",
        "take out what stands before it, blanks and empty lines as well",
    );
    check(
        "<configuration>\n <!-- never\n</configuration>",
        "2:2: the comment that begins here has no end, `-->`",
        CUT_OFF,
    );
    check(
        "<configuration>\n <!-- a -- b -->\n</configuration>",
        "2:9: `--` within a comment, which XML does not allow",
        "write one hyphen, or put a blank between",
    );
    check(
        "<configuration><![CDATA[ x </configuration>",
        "1:16: the section of characters that begins here has no end, `]]>`",
        CUT_OFF,
    );
    check(
        "<configuration><?php </configuration>",
        "1:16: the instruction that begins here has no end, `?>`",
        CUT_OFF,
    );
    check(
        "<configuration>\n<! comment ></configuration>",
        "2:1: expected a comment, `<!--`, behind `<!`",
        "write &lt; for it",
    );
    check(
        "<configuration>\na & b</configuration>",
        "2:3: a `&` that begins no entity",
        "write &amp; for a & that is meant as one",
    );
    let no_declaration = "leave the declaration out; of entities there are &lt; &gt; &amp; &quot; \
                          &apos; and numbers of characters";
    check(
        "<?xml version='1.0'?>\n<!DOCTYPE configuration SYSTEM 'x.dtd'>\n<configuration/>",
        "2:1: a document type declaration is not allowed in a configuration file",
        no_declaration,
    );
    check(
        &net("<defaultProxy><proxy proxyaddress='http://a/&b;'/></defaultProxy>"),
        "2:22: element `proxy`, attribute `proxyaddress`: the entity `b` is not declared, and files \
         cannot declare any",
        no_declaration,
    );
}

#[test]
fn attributes_that_are_not_well_formed() {
    check(
        &net("<settings><ipv6 enabled=true/></settings>"),
        "2:25: element `ipv6`: expected a value in quotes",
        QUOTES,
    );
    check(
        &net("<settings><ipv6 enabled/></settings>"),
        "2:24: element `ipv6`: expected `=` behind an attribute's name",
        QUOTES,
    );
    check(
        &net("<settings><ipv6 enabled= /></settings>"),
        "2:26: element `ipv6`: expected a value in quotes",
        QUOTES,
    );
    check(
        &net("<settings><ipv6 enabled='true\"/></settings>"),
        "2:25: the value that begins here has no second `'`",
        "a value ends with the quote it begins with",
    );
    check(
        "<configuration>\n  <ipv6 a='b' enabled=\"tr",
        "2:23: the value that begins here has no second `\"`",
        "a value ends with the quote it begins with",
    );
    check(
        &net("<connectionManagement><add address='*'maxconnection='4'/></connectionManagement>"),
        "2:39: element `add`, attribute `maxconnection`: expected a blank before the attribute",
        "",
    );
    check(
        &net("<settings><ipv6 enabled='true' enabled='true'/></settings>"),
        "2:32: element `ipv6`, attribute `enabled`: given twice",
        "",
    );
    check(
        &net("<defaultProxy><proxy proxyaddress='http://a/?x=1&y=2'/></defaultProxy>"),
        "2:49: element `proxy`, attribute `proxyaddress`: a `&` that begins no entity",
        "write &amp; for a & that is meant as one",
    );
    check(
        &net("<defaultProxy><bypasslist><add address='a<b'/></bypasslist></defaultProxy>"),
        "2:42: element `add`, attribute `address`: a `<` within a value",
        "write &lt; for it",
    );
    for (reference, message) in [
        ("&#1;", "the character U+0001 is not allowed in XML"),
        ("&#xFFFF;", "the character U+FFFF is not allowed in XML"),
    ] {
        check(
            &net(&format!(
                "<authenticationModules><add type='a{reference}'/></authenticationModules>"
            )),
            &format!("2:29: element `add`, attribute `type`: {message}"),
            "",
        );
    }
}

#[test]
fn values_that_do_not_fit() {
    check(
        &net("<settings><ipv6 enabled='yes'/></settings>"),
        "2:17: element `ipv6`, attribute `enabled`: expected `true` or `false`, found `yes`",
        BOOLEAN,
    );
    check(
        &net("<settings><ipv6 enabled=''/></settings>"),
        "2:17: element `ipv6`, attribute `enabled`: expected `true` or `false`, found ``",
        BOOLEAN,
    );
    for value in [
        "0",
        "-4",
        "4.0",
        "four",
        "2147483648",
        "99999999999999999999",
    ] {
        check(
            &net(&format!(
                "<connectionManagement><add address='*' maxconnection='{value}'/></connectionManagement>"
            )),
            &format!(
                "2:40: element `add`, attribute `maxconnection`: expected a number from 1 to \
                 2147483647, found `{value}`"
            ),
            "as in maxconnection=\"4\"",
        );
    }
    check(
        &net("<connectionManagement><add maxconnection='4'/></connectionManagement>"),
        "2:23: element `add`, attribute `address`: missing; expected a host, an address or `*`",
        "as in address=\"*\"",
    );
    check(
        &net("<authenticationModules><add type=''/></authenticationModules>"),
        "2:29: element `add`, attribute `type`: expected the name of a type, found ``",
        "as in type=\"MyAuthModule, MyAuthModule.dll\"",
    );
    for value in ["proxy", "proxy:80:90", "http://", "http://proxy:99999"] {
        check(
            &net(&format!(
                "<defaultProxy><proxy proxyaddress='{value}'/></defaultProxy>"
            )),
            &format!(
                "2:22: element `proxy`, attribute `proxyaddress`: expected an absolute URI, as \
                 `http://proxy:80`, found `{value}`"
            ),
            "as in proxyaddress=\"http://proxyserver:80\"",
        );
    }
    check(
        &net("<requestCaching defaultPolicyLevel='bypasscache'/>"),
        "2:17: element `requestCaching`, attribute `defaultPolicyLevel`: expected one of Default, \
         BypassCache, CacheOnly, CacheIfAvailable, Revalidate, Reload, NoCacheNoStore, found \
         `bypasscache`",
        "as in defaultPolicyLevel=\"CacheIfAvailable\"; without the attribute BypassCache holds",
    );
    check(
        &net(
            "<settings><httpListener><timeouts headerWait='two minutes'/></httpListener></settings>",
        ),
        "2:35: element `timeouts`, attribute `headerWait`: expected a time as \
         `hours:minutes:seconds` or `days.hours:minutes:seconds`, found `two minutes`",
        "as in headerWait=\"00:02:00\"; without the attribute 00:00:00 holds",
    );
}

/// What is no error since files serve other programs too: told all the same.
#[test]
fn names_that_nobody_knows() {
    for (inner, expected) in [
        (
            "<conectionManagement/>",
            "2:1: element `conectionManagement`: unknown element; meant is perhaps `connectionManagement`",
        ),
        (
            "<Settings/>",
            "2:1: element `Settings`: unknown element; meant is perhaps `settings`",
        ),
        (
            "<settings><ipv6 Enabled='true'/></settings>",
            "2:17: element `ipv6`, attribute `Enabled`: unknown attribute; meant is perhaps `enabled`",
        ),
        (
            "<settings><ipv6>on</ipv6></settings>",
            "2:17: element `ipv6`: the text has no meaning here",
        ),
        (
            "<![CDATA[<settings/>]]>",
            "2:1: element `system.net`: the text has no meaning here",
        ),
        (
            "<defaultProxy><proxy proxyaddress='SOCKS5://h:1'/></defaultProxy>",
            "2:22: element `proxy`, attribute `proxyaddress`: not applied: no proxy of the scheme \
             `socks5` is served, and requests to it fail",
        ),
        (
            "<defaultProxy><proxy proxyaddress='ftp://user:S3CRET@h:1'/></defaultProxy>",
            "2:22: element `proxy`, attribute `proxyaddress`: not applied: no proxy of the scheme \
             `ftp` is served, and requests to it fail",
        ),
        // A login where no scheme is: its password is not shown.
        (
            "<defaultProxy><proxy proxyaddress='user:S3CRET@x://h:1'/></defaultProxy>",
            "2:22: element `proxy`, attribute `proxyaddress`: not applied: no proxy of the scheme \
             `user:***@x` is served, and requests to it fail",
        ),
    ] {
        let report = Configuration::check_bytes(net(inner).as_bytes(), "f");
        assert_eq!(report.errors().len(), 0, "{inner}");
        let told: Vec<_> = report.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(told, [format!("f:{expected}")], "{inner}");
    }
}
