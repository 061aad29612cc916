//! In which way a leg runs: on which system, in a container or not, beside which services.

use std::fmt;

use crate::{
    plan::{Expr, Job, Leg, Plan, Service},
    spec::{Os, Toolchain},
    systems::{
        toolchain::{leg_image, LegImage},
        variant::{variants, Variant},
        Lowering,
    },
};

/// What must be the same for legs to share their steps.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) os: Os,
    /// Whether the leg runs in a container.
    pub(super) contained: bool,
    pub(super) services: Vec<String>,
    pub(super) toolchains: Vec<Toolchain>,
}

impl Kind {
    pub(super) fn of(plan: &Plan, leg: &Leg) -> Self {
        let os = plan.runner_of(leg).map(|it| it.os).unwrap_or_default();
        Kind {
            os,
            contained: os == Os::Linux && leg_image(leg) != LegImage::None,
            services: leg.services.clone(),
            toolchains: leg.setup.keys().copied().collect(),
        }
    }

    /// The services, with all that the plan says about them.
    pub(super) fn services<'a>(&self, plan: &'a Plan) -> Vec<&'a Service> {
        self.services.iter().filter_map(|name| plan.services.get(name)).collect()
    }

    /// What is fixed while the file is written.
    ///
    /// Containers of one network know each other by name; from the machine itself a service is reached by its port.
    pub(super) fn known(&self, plan: &Plan, job: &Job, expr: &Expr) -> Option<String> {
        match expr {
            Expr::ServiceHost(name) if self.contained => Some(name.clone()),
            Expr::ServiceHost(_) => Some("localhost".to_owned()),
            Expr::ServicePort(name) => plan.services.get(name)?.ports.first().map(u16::to_string),
            Expr::ShardTotal => job.shards.map(|total| total.to_string()),
            _ => None,
        }
    }

    fn word(&self) -> String {
        let mut words = vec![self.os.key()];
        words.extend(self.contained.then_some("container"));
        words.extend(self.services.iter().map(String::as_str));
        words.join("_").replace('-', "_")
    }
}

/// As the end of a sentence: `on linux in a container beside postgres`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "on {}", self.os.key())?;
        if self.contained {
            f.write_str(" in a container")?;
        }
        if !self.services.is_empty() {
            write!(f, " beside {}", self.services.join(" and "))?;
        }
        Ok(())
    }
}

/// The legs of a job by kind.
pub(super) fn groups<'a>(plan: &Plan, job: &'a Job) -> Vec<Variant<'a>> {
    variants(job, |leg| Kind::of(plan, leg), |leg| Kind::of(plan, leg).word())
}

/// Reports what a kind of machine cannot do.
pub(super) fn check(plan: &Plan, job: &Job, out: &mut Lowering<'_>) {
    for leg in &job.legs {
        let kind = Kind::of(plan, leg);
        let place = &job.place;
        if kind.os != Os::Linux {
            if leg.image.is_some() {
                let message =
                    format!("the leg `{}` runs on {}, where Jenkins starts no containers", leg.id, kind.os.key());
                out.refuse(&place.key("image"), message, "give that leg no image, or a Linux runner");
            }
            if !leg.services.is_empty() {
                let message =
                    format!("the leg `{}` runs on {}, where Jenkins starts no services", leg.id, kind.os.key());
                let help = "name the service by a matrix value that is empty on that leg";
                out.refuse(&place.key("services"), message, help);
            }
            if !leg.setup.is_empty() {
                let message = format!(
                    "Jenkins installs no toolchains on {}; the job only checks that they are there",
                    kind.os.key()
                );
                out.degrade(&place.key("setup"), message, "install them on the agents");
            }
        } else if leg_image(leg) == LegImage::Several {
            let message = "several toolchains, and no official image has them all";
            out.refuse(&place.key("setup"), message, "set `image` to one that has them all");
        } else if !kind.contained && kind.services(plan).iter().any(|it| !it.ports.is_empty()) {
            let message = "the job runs in no container, so its services take their ports on the agent itself";
            out.degrade(&place.key("services"), message, "set `image`, or let only one job at a time run on the agent");
        }
    }
}
