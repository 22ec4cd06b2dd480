//! Memory of idle activated connections, each with its session and a running world that shows a log.

use std::sync::Arc;

use frereth::protocol::codec;
use frereth::protocol::frame::FrameType;
use frereth::protocol::ids::Lane;
use frereth::world::stream::{Open, SourceId};

use crate::client::{Client, PageHead, Socket};
use crate::forks::numbered;
use crate::process::{open_files_max, resident_bytes};
use crate::server::Server;
use crate::{LIFTED, report};

/// Connections that are measured.
const CONNECTIONS: usize = 5_000;
/// Connections before the first look, so that what the first ones need once is not counted.
const WARM_UP: usize = 200;
/// Connections that are opened side by side.
const AT_ONCE: usize = 16;
/// Files that this process needs for other things.
const SPARE_FILES: usize = 200;

/// Prints resident memory per connection, without and with an open lane.
pub async fn measure() {
    for is_open in [false, true] {
        let server = Server::start_with("one line\nand another\n", LIFTED);
        let client = Arc::new(Client::log_in(&server).await);
        let page = Arc::new(client.page().await);
        let most = open_files_max().saturating_sub(SPARE_FILES + WARM_UP);
        let count = CONNECTIONS.min(most);
        let mut held = connect(&client, &page, 0, WARM_UP, is_open).await;
        let before = resident_bytes(server.process.id());
        held.extend(connect(&client, &page, WARM_UP, count, is_open).await);
        let each = (resident_bytes(server.process.id()) - before) / count as f64 / 1024.0;
        let name = match is_open {
            false => "idle connection with session and world: resident memory",
            true => "the same with a lane that follows a source",
        };
        report(name, each, "KiB", Some(16.0), format_args!("{count} connections, {} before", held.len() - count));
    }
}

async fn connect(client: &Arc<Client>, page: &Arc<PageHead>, first: usize, count: usize, is_open: bool) -> Vec<Socket> {
    let mut held = Vec::with_capacity(count);
    let mut tasks = tokio::task::JoinSet::new();
    for number in first..first + count {
        if tasks.len() >= AT_ONCE {
            held.push(tasks.join_next().await.expect("there are some").expect("no connection fails"));
        }
        let (client, page) = (Arc::clone(client), Arc::clone(page));
        tasks.spawn(async move {
            let ticket = client.ask_ticket(&client.key, &page.token_id).await;
            let ticket = ticket.bytes().await.expect("a ticket");
            let mut socket = client.socket().await;
            socket.send(client.activate(&client.key, &ticket, None, &page.build)).await;
            let _ = socket.expect::<frereth::protocol::message::Activated>().await;
            let number = u32::try_from(number).expect("few connections");
            let (ack, _) = numbered(number).run(&client, &mut socket).await;
            if is_open {
                let open = Open { source: SourceId(0), filter: None, follow: true, after: None };
                socket.frame(FrameType::Open, ack.stream.lane(Lane(1)), &codec::encode(&open)).await;
                // The first total: the lane is open.
                let _ = socket.next_of(FrameType::Total).await;
            }
            socket
        });
    }
    while let Some(done) = tasks.join_next().await {
        held.push(done.expect("no connection fails"));
    }
    held
}
