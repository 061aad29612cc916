//! Files as attachments of a test run, each once.

use base64::{engine::general_purpose::STANDARD, Engine};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{items, place::Pipeline, Azure, ROUNDS, VENDOR};
use crate::{
    net::{Body, Error, Request},
    providers::{
        limits::{AZURE_ATTACHMENT, AZURE_NAME},
        read, Artifact, Posted, RunId,
    },
};

/// Characters that no file may have in its name on every system.
const STRANGE: &[char] = &['<', '>', ':', '"', '/', '\\', '|', '?', '*'];

impl Azure {
    /// Attaches a file, unless the same one is there already.
    pub(super) async fn attach(
        &self,
        pipeline: &Pipeline,
        run: &RunId,
        artifact: &Artifact<'_>,
    ) -> Result<Posted, Error> {
        let operation = format!("upload `{}`", artifact.name);
        let bytes = read(artifact.path, AZURE_ATTACHMENT.most as u64, VENDOR)?;
        let hash: String = Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        // Names may be the same and still mean other files; what a file holds tells.
        let comment = format!("ci-gen:{hash}");
        let name = file_name(artifact.name);
        let stream = match self.api.client().is_dry() {
            true => format!("{} bytes", bytes.len()),
            false => STANDARD.encode(&bytes),
        };
        let url = self.url(&pipeline.project, &["test", "Runs", &run.0, "attachments"], &[]);
        let mut last = None;
        for _ in 0..ROUNDS {
            let list = self.api.get(url.clone(), "look for the attachment").await?.json();
            let same = items(&list).iter().find(|it| it["comment"] == *comment && it["fileName"] == *name);
            if let Some(id) = same.and_then(|it| it["id"].as_u64()) {
                return Ok(Posted::There { id: id.to_string(), url: pipeline.page.clone() });
            }
            let body = json!({
                "stream": stream,
                "fileName": name,
                "comment": comment,
                "attachmentType": "GeneralAttachment",
            });
            match self.api.send(Request::post(url.clone(), Body::Json(body), &operation)).await {
                Ok(answer) => {
                    let id = self.id(&answer, &operation)?;
                    return Ok(Posted::There { id, url: pipeline.page.clone() });
                }
                Err(error) if error.unsure => last = Some(self.api.wait(error).await?),
                Err(error) => return Err(error),
            }
        }
        Err(last.unwrap_or_else(|| self.strange(&operation, "id")))
    }
}

/// A name that every system takes.
fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_control() || STRANGE.contains(&c) { '_' } else { c };
    let name: String = name.chars().map(plain).collect();
    match name.trim_matches([' ', '.']) {
        "" => "file".to_owned(),
        name => AZURE_NAME.cut(name).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_harmless() {
        assert_eq!(file_name("a/b\\c:\n<d>.png"), "a_b_c___d_.png");
        assert_eq!(file_name(".."), "file");
        assert_eq!(file_name("report.html"), "report.html");
    }
}
