//! Sends of several elements: what is left of them when they end, and sizes at the limits.

use super::*;
use std::io::Write;
use std::path::Path;

use system_net_sockets::SendPacketsElement;

fn file(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file.flush().unwrap();
    file
}

/// How many descriptors of this process are of a file.
fn opened(path: &Path) -> usize {
    let entries = std::fs::read_dir("/proc/self/fd").unwrap();
    let links = entries.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link == path).count()
}

#[test]
fn saea_send_packets_closes_its_files() {
    type End = fn(&Socket, Socket);
    let large = file(&vec![7; 16 << 20]);
    // The test's own descriptor.
    let before = opened(large.path());
    assert_eq!(before, 1);
    let check = |name: &str, waits: bool, refused: bool, client: Socket, server, end: End| {
        let (args, reports) = watched();
        let element = SendPacketsElement::from_file(large.path());
        args.set_send_packets_elements(Some(vec![element.clone(), element]))
            .unwrap();
        let pending = client.send_packets_args(&args);
        if refused {
            pending.unwrap_err();
        } else {
            let pending = pending.unwrap();
            assert_eq!(pending, waits, "{name}");
            if pending {
                assert_eq!(opened(large.path()), before + 2, "{name}");
                end(&client, server);
                let ended = reports.recv_timeout(HANG).unwrap();
                assert_ne!(ended.error, SocketErrorCode::Success, "{name}");
            } else {
                assert_ne!(args.socket_error(), SocketErrorCode::Success, "{name}");
            }
        }
        assert!(!args.is_in_progress());
        assert_eq!(opened(large.path()), before, "{name}");
    };
    let (client, server) = pair();
    check("closed", true, false, client, server, |client, _| {
        client.close();
    });
    let (client, server) = pair();
    check("reset", true, false, client, server, |_, server| {
        server.close_timeout(0);
    });
    let (client, server) = pair();
    check("disposed", true, false, client, server, |client, server| {
        drop(server);
        client.close();
    });
    let (client, server) = pair();
    // The socket still counts as connected.
    rustix::net::shutdown(client.safe_handle().unwrap(), rustix::net::Shutdown::Write).unwrap();
    check("at once", false, false, client, server, |_, _| {});
    check("refused", false, true, tcp(), tcp(), |_, _| {});
}

#[test]
fn saea_send_packets_with_any_send_size() {
    let content: Vec<u8> = (0..5000_u32).map(|index| index as u8).collect();
    let file = file(&content);
    let elements = vec![
        SendPacketsElement::from_buffer("..head"),
        SendPacketsElement::from_buffer_range("..head", 2, 4).unwrap(),
        SendPacketsElement::from_file(file.path()),
        SendPacketsElement::from_file_range(file.path(), 1000, 500),
        SendPacketsElement::from_file_range(file.path(), 4000, u64::MAX),
    ];
    let expected = [
        b"..headhead",
        &content[..],
        &content[1000..1500],
        &content[4000..],
    ]
    .concat();
    let largest = [usize::MAX, usize::MAX - 1, isize::MAX as usize, 1 << 31];
    for send_size in largest.into_iter().chain([0, 1, 999]) {
        let (client, server) = pair();
        let (args, reports) = watched();
        args.set_send_packets_elements(Some(elements.clone()))
            .unwrap();
        args.set_send_packets_send_size(send_size);
        let sent = succeeded(client.send_packets_args(&args), &args, &reports);
        assert_eq!(sent, expected.len(), "{send_size}");
        client.close();
        let mut received = Vec::new();
        let mut piece = [0; 4096];
        loop {
            match server.receive(&mut piece).unwrap() {
                0 => break,
                count => received.extend_from_slice(&piece[..count]),
            }
        }
        assert!(received == expected, "{send_size}");
    }
}
