/** Tests of what is shipped beside the jars: launchers, examples, and the daemon as a program. */
package org.nilmigration.daemon.packaging;
