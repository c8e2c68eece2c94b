const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/** A DNS subdomain: how Kubernetes names nodes, pods, DaemonSets (apimachinery, IsDNS1123Subdomain). */
export const isObjectName = (name: string): boolean =>
  name.length <= 253 && /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/.test(name) && !/\.[.-]|-\./.test(name);

/** A DNS label: how Kubernetes names namespaces. */
export const isNamespaceName = (name: string): boolean => LABEL.test(name);

/** Kinds whose names the API server lets be any path segment (RBAC and the like are not read by us). */
const PATH_SEGMENT = /^(?!\.{1,2}$)[^/%\p{C}\s]{1,253}$/u;
export const isPathSegmentName = (name: string): boolean => PATH_SEGMENT.test(name);
