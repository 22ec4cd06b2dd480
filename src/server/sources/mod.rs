//! Where entries come from: files, standard input, the demo; each is a [`text::Text`].

pub mod text;
