/** All that is taken of client-node. Loaded by its own name, so that a bundle can leave the rest of it out: half of its size. */
export { KubeConfig } from "@kubernetes/client-node";
