/** Who runs the machine, which decides which daemons are built in and who repairs it. */
export type ComputeType = {
  readonly name: "ec2" | "fargate" | "virtual" | "auto" | "hybrid" | "standard";
  /** Daemons cannot run there at all: the node is outside coverage. */
  readonly outsideCoverage: boolean;
};
