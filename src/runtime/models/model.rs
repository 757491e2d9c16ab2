//! What every model can do: answer one call with a stream of pieces.

use std::pin::Pin;

use futures_util::{Stream, StreamExt};

use crate::analyst::agent::{Answer, Call, Failure, FailureKind, Piece};

/// The pieces of one answer. Dropping it ends the call and its connection.
///
/// It ends after [`Piece::End`] or after a failure, whichever comes first.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Piece, Failure>> + Send>>;

/// A model that can be asked.
pub trait Model: Send + Sync + std::fmt::Debug {
    /// The name it has in the settings: `[models.NAME]`.
    fn name(&self) -> &str;

    /// The provider's name of it, for the engine line.
    fn model(&self) -> &str;

    /// Asks. The text of the call is sent as it is: it has been masked by then.
    fn ask(&self, call: Call) -> Pieces;
}

/// The whole answer to one call.
///
/// # Errors
/// The call's failure; a stream that ends without [`Piece::End`] is a broken one.
pub async fn answer(model: &dyn Model, call: Call) -> Result<Answer, Failure> {
    let mut pieces = model.ask(call);
    let mut answer = Answer::default();
    while let Some(piece) = pieces.next().await {
        answer.take(piece?);
        if answer.end.is_some() {
            return Ok(answer);
        }
    }
    Err(Failure::new(FailureKind::Broken, format!("{} stopped in the middle of its answer", model.name())))
}
