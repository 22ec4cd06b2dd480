//! The compressed set of positions against a plain sorted vector: any sequence of operations gives the same answers.

use frereth::log::positions::Positions;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Front(Vec<u64>),
    Back(Vec<u64>),
    ForgetBefore(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let gaps = || prop::collection::vec(prop_oneof![1_u64..200, 1_u64..1_000_000], 0..300);
    prop_oneof![
        3 => gaps().prop_map(Step::Front),
        3 => gaps().prop_map(Step::Back),
        1 => any::<u64>().prop_map(Step::ForgetBefore),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn positions_answer_like_a_sorted_vector(steps in prop::collection::vec(step(), 1..12), probes in prop::collection::vec(any::<u64>(), 20)) {
        const MIDDLE: u64 = 1 << 40;
        let mut oracle: Vec<u64> = Vec::new();
        let mut positions = Positions::new();
        for step in steps {
            match step {
                Step::Front(gaps) => for gap in gaps {
                    let at = oracle.first().copied().unwrap_or(MIDDLE) - gap;
                    oracle.insert(0, at);
                    positions.push_front(at);
                },
                Step::Back(gaps) => for gap in gaps {
                    let at = oracle.last().copied().unwrap_or(MIDDLE) + gap;
                    oracle.push(at);
                    positions.push_back(at);
                },
                Step::ForgetBefore(seed) => if let (Some(first), Some(last)) = (oracle.first(), oracle.last()) {
                    let before = first + seed % (last - first + 2);
                    let gone = oracle.partition_point(|at| *at < before);
                    oracle.drain(..gone);
                    prop_assert_eq!(positions.forget_before(before), gone as u64);
                },
            }
            prop_assert_eq!(positions.len(), oracle.len() as u64);
        }
        prop_assert_eq!(positions.from(0).collect::<Vec<_>>(), oracle.clone());
        prop_assert_eq!(positions.at(oracle.len() as u64), None);
        for probe in probes {
            let k = probe % (oracle.len() as u64 + 1);
            prop_assert_eq!(positions.at(k), oracle.get(k as usize).copied());
            prop_assert_eq!(positions.from(k).collect::<Vec<_>>(), oracle[k as usize..].to_vec());
            if let (Some(first), Some(last)) = (oracle.first(), oracle.last()) {
                let offset = (first - 1) + probe % (last - first + 3);
                prop_assert_eq!(positions.rank(offset), oracle.partition_point(|at| *at < offset) as u64);
            }
        }
    }
}
