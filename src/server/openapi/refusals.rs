//! How a route may refuse: the same for all that need somebody, and more for those that change something.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

type Responses = BTreeMap<String, RefOr<Response>>;

/// Of every route that needs somebody.
pub struct ReadRefusals;

/// Of a route that takes JSON and changes something.
pub struct ChangeRefusals;

/// Of a command to a service.
pub struct CommandRefusals;

/// Of a form that anybody may post.
pub struct FormRefusals;

/// Of a post without a body.
pub struct ForeignRefusals;

/// Of a route that opens a stream.
pub struct StreamRefusals;

impl IntoResponses for ReadRefusals {
    fn responses() -> Responses {
        Responses::from([
            with_header(401, "Nobody is signed in, or the token is not good", "WWW-Authenticate", Type::String),
            refusal(403, "The role does not suffice"),
            refusal(503, "Redis does not answer, or the answer took longer than 15 s"),
        ])
        .into_iter()
        .chain(of_any_request())
        .collect()
    }
}

impl IntoResponses for ChangeRefusals {
    fn responses() -> Responses {
        let mut responses = ReadRefusals::responses();
        responses.extend([
            refusal(403, "The role does not suffice, or the request came from another site"),
            refusal(404, "What the work is about does not exist"),
            refusal(409, "The service is stopped"),
            refusal(415, "The body is not said to be application/json"),
            refusal(422, "A field breaks a rule; says which and what rule"),
        ]);
        responses
    }
}

impl IntoResponses for CommandRefusals {
    fn responses() -> Responses {
        let mut responses = ChangeRefusals::responses();
        responses.extend([
            refusal(404, "There is no such service"),
            refusal(409, "The service does not take that command, cannot follow it now, or has one that has not ended"),
        ]);
        responses
    }
}

impl IntoResponses for FormRefusals {
    fn responses() -> Responses {
        let mut responses = ForeignRefusals::responses();
        responses.extend([
            refusal(415, "The body is not said to be a form"),
            refusal(422, "A field is missing"),
            with_header(429, "Too many attempts at this account or from this address", "Retry-After", Type::Integer),
        ]);
        responses
    }
}

impl IntoResponses for ForeignRefusals {
    fn responses() -> Responses {
        Responses::from([
            refusal(403, "The request came from another site"),
            refusal(503, "Redis does not answer, or the answer took longer than 15 s"),
        ])
        .into_iter()
        .chain(of_any_request())
        .collect()
    }
}

impl IntoResponses for StreamRefusals {
    fn responses() -> Responses {
        let mut responses = ReadRefusals::responses();
        responses.extend([
            refusal(422, "A parameter breaks a rule; says which and what rule"),
            with_header(429, "The user has as many streams open as one may", "Retry-After", Type::Integer),
        ]);
        responses
    }
}

/// What any request may meet, whatever it asks for.
fn of_any_request() -> [(String, RefOr<Response>); 5] {
    [
        refusal(400, "The request or its body cannot be read; says where, for JSON"),
        refusal(408, "The request took longer than 15 s to arrive"),
        refusal(413, "The body is larger than 64 KiB"),
        refusal(414, "The address is longer than 8 KiB"),
        refusal(500, "A fault of the server, which its log explains under the request's id"),
    ]
}

fn refusal(status: u16, description: &str) -> (String, RefOr<Response>) {
    (status.to_string(), problem(description).build().into())
}

fn with_header(status: u16, description: &str, name: &str, kind: Type) -> (String, RefOr<Response>) {
    let header = HeaderBuilder::new().schema(Some(ObjectBuilder::new().schema_type(kind).build())).build();
    (status.to_string(), problem(description).header(name, header).build().into())
}

fn problem(description: &str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content)
}
