/**
 * Networks of the type {@code host-device}: a link of the host, such as a network card or one end
 * of a veth pair, is given to a sandbox, and comes back to the host when the endpoint leaves. What
 * CNI's plugin of the same name does.
 */
package com.example.hostdevice;
