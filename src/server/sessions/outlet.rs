//! What a socket's worlds want to send, one after the other in turn, so that a busy world does not starve its neighbour.

use std::future::poll_fn;
use std::task::Poll;

use tokio::sync::mpsc;

use crate::protocol::ids::StreamId;
use crate::server::viewer::Outgoing;

/// The sending ends of a socket's worlds.
#[derive(Default)]
pub struct Outlet {
    worlds: Vec<(StreamId, mpsc::Receiver<Box<Outgoing>>)>,
    next: usize,
}

impl Outlet {
    /// Adds a world whose first stream is `first`; what it had before is dropped.
    pub fn add(&mut self, first: StreamId, receiver: mpsc::Receiver<Box<Outgoing>>) {
        self.worlds.retain(|(stream, _)| *stream != first);
        self.worlds.push((first, receiver));
    }

    /// Waits for the next body and says on which stream it goes out. Never ends: without worlds it waits for ever.
    pub async fn next(&mut self) -> (StreamId, Box<Outgoing>) {
        poll_fn(|context| {
            let mut index = 0;
            while index < self.worlds.len() {
                let at = (self.next + index) % self.worlds.len();
                let (first, receiver) = &mut self.worlds[at];
                match receiver.poll_recv(context) {
                    Poll::Ready(Some(outgoing)) => {
                        let stream = first.lane(outgoing.lane);
                        self.next = at + 1;
                        return Poll::Ready((stream, outgoing));
                    }
                    // The world is gone; the one that took its place in the list is asked instead.
                    Poll::Ready(None) => drop(self.worlds.remove(at)),
                    Poll::Pending => index += 1,
                }
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::frame::FrameType;
    use crate::protocol::ids::Lane;

    fn body(number: u8) -> Box<Outgoing> {
        Box::new(Outgoing { lane: Lane(1), kind: FrameType::Total, body: vec![number] })
    }

    #[tokio::test]
    async fn busy_worlds_take_turns_and_an_ended_one_is_forgotten() {
        let mut outlet = Outlet::default();
        let (first, receiver) = mpsc::channel(8);
        outlet.add(StreamId(1), receiver);
        let (second, receiver) = mpsc::channel(8);
        outlet.add(StreamId(9), receiver);
        for number in 0..3 {
            first.try_send(body(number)).expect("room");
            second.try_send(body(10 + number)).expect("room");
        }
        let mut order = Vec::new();
        for _ in 0..4 {
            let (stream, outgoing) = outlet.next().await;
            order.push((stream.0, outgoing.body[0]));
        }
        assert_eq!(order, [(2, 0), (10, 10), (2, 1), (10, 11)]);
        drop(first);
        drop(second);
        outlet.next().await;
        outlet.next().await;
        let waits = tokio::time::timeout(std::time::Duration::ZERO, outlet.next()).await;
        assert!(waits.is_err());
        assert!(outlet.worlds.is_empty());
    }
}
