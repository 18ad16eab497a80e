//! The schema of the full message, whose keys are not known beforehand.

use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use crate::model::event::ServiceView;
use crate::model::service::BuiltIn;

/// Every service's status under its id in camelCase, and `services` with all that is known of each.
pub struct FullMessage;

impl PartialSchema for FullMessage {
    fn schema() -> RefOr<Schema> {
        let status = || ObjectBuilder::new().schema_type(SchemaType::new(Type::Object)).build();
        let views = ArrayBuilder::new().items(Ref::from_schema_name(ServiceView::name())).build();
        let mut message = ObjectBuilder::new()
            .description(Some(
                "Every service's status under its id in camelCase, and `services` with all that is known",
            ))
            .property("services", views)
            .required("services")
            .additional_properties(Some(AdditionalProperties::RefOr(RefOr::T(status().into()))));
        for service in BuiltIn::ALL {
            let key = service.id().camel_case();
            message = message.property(&key, status()).required(key);
        }
        message.build().into()
    }
}

impl ToSchema for FullMessage {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ServiceView::name().into_owned(), ServiceView::schema()));
        ServiceView::schemas(schemas);
    }
}
