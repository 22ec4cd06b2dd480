//! Any bytes as a frame, and its body as the message that its type says: what is read is written again to the byte.
#![no_main]

use frereth::protocol::codec::{self, Message};
use frereth::protocol::frame::{FRAME_BYTES_MAX, Frame, FrameType};
use frereth::protocol::message::*;
use frereth::world::stream::*;
use frereth::world::summary::{Summarize, Summarized};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(frame) = Frame::decode(bytes, FRAME_BYTES_MAX) else { return };
    assert_eq!(frame.encode(), bytes);
    macro_rules! by_type {
        ($($message:ident)*) => {
            match frame.kind {
                $(FrameType::$message => through::<$message>(frame.body),)*
                FrameType::Join | FrameType::Kill | FrameType::Batch | FrameType::Window => {}
            }
        };
    }
    by_type!(Activate Activated Forking AckForking Refused Forked AckForked Leave Ended Resumed Tickets Halt Credit
        Open Rows Cancel Fetch Shut Summarize Total Gap Fetched Failed Sources Moved Summarized);
});

fn through<M: Message + PartialEq>(body: &[u8]) {
    let Ok(message) = codec::decode::<M>(body) else { return };
    let written = codec::encode(&message);
    assert!(codec::decode::<M>(&written).is_ok_and(|again| again == message));
    // Without later fields that were ignored, the body was this encoding.
    if body.len() == written.len() {
        assert_eq!(written, body);
    }
}
