//! A file as text in UTF-8, whatever its encoding.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::AccountsError;

/// Without a byte order mark. Bytes of a file in UTF-8 are handed on as they are; what is not valid in another encoding
/// cannot be read.
pub(crate) struct Text {
    file: BufReader<Chain<Cursor<Vec<u8>>, File>>,
    decoding: Option<Decoding>,
    bytes_read: u64,
}

struct Decoding {
    decoder: Decoder,
    decoded: Vec<u8>,
    position: usize,
    is_done: bool,
}

const MARKS: [(&[u8], &Encoding); 3] =
    [(b"\xef\xbb\xbf", UTF_8), (b"\xff\xfe", UTF_16LE), (b"\xfe\xff", UTF_16BE)];

impl Text {
    pub(crate) fn open(path: &Path, encoding: &'static Encoding) -> Result<Text, AccountsError> {
        let name = || path.display().to_string();
        let failed = |error| AccountsError::Read(name(), error);
        let mut file = File::open(path).map_err(failed)?;
        let mut start = Vec::new();
        file.by_ref().take(3).read_to_end(&mut start).map_err(failed)?;
        let mark = MARKS.iter().find(|(mark, _)| start.starts_with(mark));
        match mark {
            Some((_, marked)) if *marked != encoding => {
                return Err(AccountsError::OtherEncoding(name(), marked.name().to_lowercase()));
            }
            Some((mark, _)) => drop(start.drain(..mark.len())),
            None => {}
        }
        let decoding = (encoding != UTF_8).then(|| Decoding {
            decoder: encoding.new_decoder_without_bom_handling(),
            decoded: Vec::new(),
            position: 0,
            is_done: false,
        });
        Ok(Text { file: BufReader::new(Cursor::new(start).chain(file)), decoding, bytes_read: 0 })
    }

    /// Of the file, about.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }
}

impl BufRead for Text {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let Some(decoding) = &mut self.decoding else { return self.file.fill_buf() };
        while decoding.position == decoding.decoded.len() && !decoding.is_done {
            let bytes = self.file.fill_buf()?;
            let is_last = bytes.is_empty();
            decoding.decoded.resize(16 * 1024, 0);
            let (result, read, written) =
                decoding.decoder.decode_to_utf8_without_replacement(bytes, &mut decoding.decoded, is_last);
            decoding.decoded.truncate(written);
            decoding.position = 0;
            decoding.is_done = is_last && result == DecoderResult::InputEmpty;
            self.file.consume(read);
            self.bytes_read += read as u64;
            let encoding = decoding.decoder.encoding();
            // The standard gives bytes that mean nothing in windows-1252 and its like to control characters.
            let means_nothing = |pair: &[u8]| pair[0] == 0xc2 && pair[1] < 0xa0;
            if matches!(result, DecoderResult::Malformed(..))
                || encoding.is_single_byte() && decoding.decoded.windows(2).any(means_nothing)
            {
                let message = format!("it is not in the encoding {}", encoding.name().to_lowercase());
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        Ok(&decoding.decoded[decoding.position..])
    }

    fn consume(&mut self, amount: usize) {
        match &mut self.decoding {
            Some(decoding) => decoding.position += amount,
            None => {
                self.file.consume(amount);
                self.bytes_read += amount as u64;
            }
        }
    }
}

impl Read for Text {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
